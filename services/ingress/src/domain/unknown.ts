import type { UnknownView } from "@yubin/types";

import { identityOf, type Recipient } from "./recipient.ts";
import { adviceFor } from "./unknown-advice.ts";

/** Somebody whose outcome is unknown, and what they would have got. */
export interface Unknown {
  readonly place: UnknownPlace;
  readonly campaignId: string | null;
  readonly campaignName: string | null;
  readonly messageId: string | null;
  readonly channelId: string;
  readonly recipient: Recipient;
}

/** A batch's place among those of its workspace that have any, and the index in it; neither ever changes. */
export interface UnknownPlace {
  readonly batch: string;
  readonly index: number;
}

export interface UnknownFilter {
  readonly channelId: string | undefined;
  /** Also of messages on their own that say they are part of it. */
  readonly campaignId: string | undefined;
  readonly reason: string | undefined;
}

export interface Unknowns {
  /**
   * Those of the next batch that has any whom the filter means, the newest batch first; undefined at the end. One batch
   * at a time is all that is held.
   */
  nextBatch(
    workspaceId: string,
    filter: UnknownFilter,
    after: UnknownPlace | undefined,
  ): Promise<{ readonly batch: string; readonly unknowns: readonly Unknown[] } | undefined>;
}

/** Behind everybody of a batch. */
export const afterUnknowns = (batch: string): UnknownPlace => ({ batch, index: Infinity });

export const unknownPlaceText = ({ batch, index }: UnknownPlace): string => `${index}/${batch}`;
export const readUnknownPlace = (text: string): UnknownPlace | undefined => {
  const end = text.indexOf("/");
  return end === -1 ? undefined : { index: Number(text.slice(0, end)), batch: text.slice(end + 1) };
};

export const unknownView = ({ recipient, ...where }: Unknown): UnknownView => {
  const { profileId, externalId, ref, lineUserId } = identityOf(recipient);
  return {
    campaignId: where.campaignId,
    campaignName: where.campaignName,
    messageId: where.messageId,
    channelId: where.channelId,
    profileId,
    externalId,
    ref,
    lineUserId,
    reason: recipient.reason,
    firstAttemptAt: recipient.firstAttemptAt?.toISOString() ?? null,
    parkedAt: recipient.settledAt?.toISOString() ?? null,
    erased: recipient.erased,
    advice: adviceFor(recipient.reason),
  };
};
