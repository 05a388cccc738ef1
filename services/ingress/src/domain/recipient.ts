import type { Outcome, RecipientView } from "@yubin/types";

import { personClickView, type PersonClick } from "./click.ts";
import { adviceFor } from "./unknown-advice.ts";

/** One person of a campaign and what became of their message. */
export interface Recipient {
  readonly place: RecipientPlace;
  readonly profileId: string | null;
  readonly externalId: string | null;
  readonly ref: string | null;
  readonly lineUserId: string | null;
  readonly variant: string | null;
  /** LINE has been asked, or is about to be. */
  readonly attempted: boolean;
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  readonly firstAttemptAt: Date | null;
  readonly settledAt: Date | null;
  readonly lineRequestId: string | null;
  readonly messageIds: readonly string[];
  /** LINE's words about a refusal. */
  readonly detail: string | null;
  /** Null where they have no links of their own. */
  readonly clicks: readonly PersonClick[] | null;
  readonly erased: boolean;
}

/** Where in a campaign: batch and index in it, which never change. */
export interface RecipientPlace {
  readonly seq: number;
  readonly index: number;
}

export interface RecipientFilter {
  /** `sending` are those of the queued whom LINE was asked about. */
  readonly outcome: Outcome | "queued" | "sending" | undefined;
  readonly reason: string | undefined;
  readonly variant: string | undefined;
}

export interface RecipientsOf {
  readonly id: string;
  readonly workspaceId: string;
  /** Whether what each person clicked is told. */
  readonly tellsClicks: boolean;
}

export interface Recipients {
  /**
   * Those of the first batch after the place that has any whom the filter means; undefined at the end. One batch at a
   * time is all that is held.
   */
  nextBatch(
    campaign: RecipientsOf,
    filter: RecipientFilter,
    after: RecipientPlace,
  ): Promise<{ readonly seq: number; readonly recipients: readonly Recipient[] } | undefined>;
}

const beforeEverybody: RecipientPlace = { seq: 0, index: -1 };
/** Behind everybody of a batch. */
export const afterBatch = (seq: number): RecipientPlace => ({ seq: seq + 1, index: -1 });

export const placeText = ({ seq, index }: RecipientPlace): string => `${seq}/${index}`;
export const readPlace = (text: string): RecipientPlace => {
  const [seq, index] = text.split("/").map(Number);
  return seq === undefined || index === undefined ? beforeEverybody : { seq, index };
};

export const recipientView = (recipient: Recipient): RecipientView => ({
  ...identityOf(recipient),
  variant: recipient.variant,
  state: recipient.outcome ?? (recipient.attempted ? "sending" : "queued"),
  outcome: recipient.outcome,
  reason: recipient.reason,
  firstAttemptAt: recipient.firstAttemptAt?.toISOString() ?? null,
  settledAt: recipient.settledAt?.toISOString() ?? null,
  clicks: recipient.erased ? null : (recipient.clicks?.map(personClickView) ?? null),
  erased: recipient.erased,
  advice: recipient.outcome === "unknown" ? adviceFor(recipient.reason) : null,
  detail: recipient.erased ? null : recipient.detail,
});

/** Of somebody who was erased, not even what stays in the rows until the sender has been there. */
export const identityOf = (
  recipient: Recipient,
): Pick<
  RecipientView,
  "profileId" | "externalId" | "ref" | "lineUserId" | "lineRequestId" | "messageIds"
> =>
  recipient.erased
    ? {
        profileId: null,
        externalId: null,
        ref: null,
        lineUserId: null,
        lineRequestId: null,
        messageIds: [],
      }
    : {
        profileId: recipient.profileId,
        externalId: recipient.externalId,
        ref: recipient.ref,
        lineUserId: recipient.lineUserId,
        lineRequestId: recipient.lineRequestId,
        messageIds: recipient.messageIds,
      };
