import { z } from "zod";

import { limits } from "./limits.ts";
import { quotaChoice, type QuotaChoice } from "./quota.ts";
import {
  frequencyCap,
  purposeName,
  quietHours,
  type FrequencyCap,
  type QuietHours,
} from "./send-rules.ts";

/** Body of `PATCH /v1/workspace`. */
export const workspacePatch = z.strictObject({
  /** What becomes of a LINE ID that a second known person claims. */
  conflictPolicy: z.enum(["hold", "last_proof_wins"]).optional(),
  /** How long a merge can be undone. */
  undoWindowDays: z.int().min(0).max(28).optional(),
  /** Merges by themselves into one person within an hour; more are held for people to look at. */
  mergesPerHourMax: z.int().min(0).max(100_000).optional(),
  /** Of all campaigns, and of messages with a purpose, that do not say otherwise. Null takes it away. */
  quietHours: quietHours.nullable().optional(),
  cap: frequencyCap.nullable().optional(),
  /** What campaigns do where the month's quota is short, and they do not say. */
  quota: quotaChoice.optional(),
  /** Purposes that people must have agreed to; of all others it is enough that they did not object. */
  consentRequired: z.array(purposeName).max(limits.consentsMax).optional(),
});
export type WorkspacePatch = z.output<typeof workspacePatch>;

/** Answer of `GET /v1/workspace`. */
export interface WorkspaceView {
  readonly id: string;
  readonly name: string;
  readonly conflictPolicy: "hold" | "last_proof_wins";
  readonly undoWindowDays: number;
  readonly mergesPerHourMax: number;
  readonly quietHours: QuietHours | null;
  readonly cap: FrequencyCap | null;
  readonly quota: QuotaChoice;
  readonly consentRequired: readonly string[];
}
