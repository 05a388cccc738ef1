import { z } from "zod";

import { limits } from "./limits.ts";

/** Who a call in Segment's words is about, and which fact it is. */
export const callNames = {
  userId: z.string().min(1).max(limits.externalIdChars).optional(),
  anonymousId: z.string().min(1).max(limits.externalIdChars).optional(),
  timestamp: z.iso.datetime({ offset: true }).optional(),
  messageId: z.string().min(1).max(255).optional(),
} as const;

/** What Segment's clients add by themselves; accepted, not needed and not kept. The write key is read from the header. */
export const segmentFields = {
  integrations: z.record(z.string(), z.json()).optional(),
  sentAt: z.iso.datetime({ offset: true }).optional(),
  originalTimestamp: z.iso.datetime({ offset: true }).optional(),
  writeKey: z.string().max(limits.externalIdChars).optional(),
  channel: z.string().max(limits.externalIdChars).optional(),
  _metadata: z.record(z.string(), z.json()).optional(),
} as const;
