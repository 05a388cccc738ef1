import { z } from "zod";

import { tracking, type Clicks } from "./clicks.ts";
import { limits } from "./limits.ts";
import { isLineUserId, isProvider } from "./refs.ts";
import { sendRuleFields } from "./send-rules.ts";
import { oneSource, wordsFields, type FrozenWords, type TemplateUse } from "./templates.ts";

const id = z.string().min(1).max(512);

/** Whom to send to: a reference, or a LINE ID with the provider it belongs to. */
export const recipientRef = z.union([
  z.string().min(1).max(512),
  z.strictObject({
    lineUserId: z.string().refine(isLineUserId, "not a LINE user ID"),
    provider: z.string().refine(isProvider, "not a provider label"),
  }),
]);
export type RecipientRef = z.output<typeof recipientRef>;

/** Body of `POST /v1/messages`. */
export const sendRequest = z
  .strictObject({
    to: recipientRef,
    channelId: id,
    ...wordsFields,
    data: z.record(z.string().max(limits.traitKeyChars), z.json()).optional(),
    campaignId: id.optional(),
    step: z.string().min(1).max(64).optional(),
    sendAt: z.iso.datetime({ offset: true }).optional(),
    /**
     * As LINE's reply, which costs nothing, where the person has just done something on the channel that can still be
     * answered when it is sent; otherwise as a push.
     */
    replyIfFree: z.boolean().optional(),
    /** `off` where nothing or null is said; of a message on its own `campaign` counts as `person` does. */
    tracking: tracking.nullable().optional(),
    ...sendRuleFields,
  })
  .superRefine(oneSource);
export type SendRequest = z.output<typeof sendRequest>;
/** A send whose words are known, whoever wrote them. */
export type FrozenSend = SendRequest & FrozenWords;

/** How a delivery ends. */
export const outcomes = ["accepted", "refused", "skipped", "cancelled", "unknown"] as const;
export type Outcome = (typeof outcomes)[number];

/** Counts of one batch or one campaign: `audience` is always the sum of the rest. */
export interface OutcomeCounts {
  readonly audience: number;
  readonly queued: number;
  readonly accepted: number;
  readonly refused: number;
  readonly skipped: number;
  readonly cancelled: number;
  readonly unknown: number;
}

/** Where a count begins. */
export const noOutcomes: OutcomeCounts = Object.freeze({
  audience: 0,
  queued: 0,
  accepted: 0,
  refused: 0,
  skipped: 0,
  cancelled: 0,
  unknown: 0,
});

/** Answer of `GET /v1/messages/:id`. */
export interface MessageView {
  readonly id: string;
  readonly state: "queued" | "sending" | Outcome;
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  /** How LINE was asked, by the last call; null as long as it was not. */
  readonly via: "push" | "reply" | null;
  /** Whether LINE counts it towards the month where the person gets it: no reply. Null as long as that is not known. */
  readonly billed: boolean | null;
  readonly to: { readonly profileId: string | null; readonly lineUserId: string | null };
  readonly channelId: string;
  readonly campaignId: string | null;
  /** Where its words are from; null where they were given, or are erased. */
  readonly template: TemplateUse | null;
  readonly queuedAt: string;
  /** As it was asked for. */
  readonly sendAt: string | null;
  /** Nothing is done about it before: by `sendAt`, in quiet hours, or after an answer of LINE. Null where it does not wait. */
  readonly waitsUntil: string | null;
  readonly firstAttemptAt: string | null;
  readonly settledAt: string | null;
  readonly lineRequestId: string | null;
  readonly sentMessageIds: readonly string[];
  /** Null where its links were not tracked. */
  readonly clicks: Clicks | null;
  /** What to do about an outcome that is unknown. */
  readonly advice: string | null;
  /** What LINE said against it where it refused, after the property that it names; at most 300 characters. */
  readonly detail: string | null;
}
