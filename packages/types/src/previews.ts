import { z } from "zod";

import { limits } from "./limits.ts";
import type { LineMessage } from "./line-messages/line-message.ts";
import { recipientRef } from "./messages.ts";
import { sendRuleFields } from "./send-rules.ts";
import { oneSource, wordsFields } from "./templates.ts";

/** Body of `POST /v1/messages/preview`. Without `to` nothing is known of the person. */
export const previewRequest = z
  .strictObject({
    to: recipientRef.optional(),
    channelId: z.string().min(1).max(512),
    ...wordsFields,
    data: z.record(z.string().max(limits.traitKeyChars), z.json()).optional(),
    ...sendRuleFields,
  })
  .superRefine(oneSource);
export type PreviewRequest = z.output<typeof previewRequest>;

/** Body of `POST /v1/campaigns/:id/preview`. */
export const campaignPreviewRequest = z.strictObject({
  to: recipientRef.optional(),
  data: z.record(z.string().max(limits.traitKeyChars), z.json()).optional(),
  /** One of the campaign's by its name; without it the one that the person is in. */
  variant: z.string().trim().normalize("NFC").optional(),
});
export type CampaignPreviewRequest = z.output<typeof campaignPreviewRequest>;

/** What would keep the message from being sent. */
export interface PreviewProblem {
  /** As in `docs/errors.md`, a reason of `skipped`, or `line_refuses`. */
  readonly code: string;
  /** Where, as `messages[0].text`; null where it is about all of them. */
  readonly field: string | null;
  readonly message: string;
}

/** Answer of `POST /v1/messages/preview`. */
export interface PreviewView {
  /** As the person would get them; null where they cannot be rendered. */
  readonly messages: readonly LineMessage[] | null;
  /** What sending would decide at this moment; null where nobody is named. */
  readonly wouldSend: {
    readonly decision: "send" | "skip" | "hold";
    readonly reason: string | null;
    /** Until when it would wait, where that is known. */
    readonly until: string | null;
    /** The LINE ID that is written to, friend or not. */
    readonly lineUserId: string | null;
  } | null;
  readonly problems: readonly PreviewProblem[];
  /** Names of variables that the templates read and that have no value, as `profile.traits.name`. */
  readonly missing: readonly string[];
  /** What LINE's validate endpoint says. `reason` tells why it was not asked, or did not answer. */
  readonly lineCheck: {
    readonly state: "valid" | "invalid" | "not_asked" | "unavailable";
    readonly reason: string | null;
  };
}

/** Answer of `POST /v1/campaigns/:id/preview`. */
export interface CampaignPreviewView extends PreviewView {
  /** Which one it is, or `control`: the person would be sent nothing. Null where the campaign has none. */
  readonly variant: string | null;
}
