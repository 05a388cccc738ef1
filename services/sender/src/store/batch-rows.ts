import {
  callsOf,
  fromRanges,
  recipientsOf,
  toRanges,
  trimmedOf,
  unknownPlaceOf,
  type BatchRow,
  type CallRow,
} from "@yubin/store";

import { tallyOf, type Batch, type Call, type Content, type Recipient } from "../domain/batch.ts";
import { endsByMinute } from "../domain/ends-by-minute.ts";

export const toBatch = (row: BatchRow): Batch => ({
  id: row._id,
  workspaceId: row.workspaceId,
  channelId: row.channelId,
  campaignId: row.campaignId,
  method: row.method,
  profileId: row.profileId ?? null,
  recipients: recipientsOf(row),
  calls: callsOf(row).map(toCall),
  content: row.content && contentOf(row.content),
  asked: row.campaignId === null ? { sendBefore: null, ...row.rules, purpose: row.purpose } : null,
  sendAt: row.sendAt,
  rests: row.rests ?? [],
  replyRefused: row.replyRefused ?? false,
  announced: [],
  generation: row.generation ?? 0,
  crashes: row.crashes ?? 0,
});

const contentOf = ({ tracking, ...content }: NonNullable<BatchRow["content"]>): Content =>
  tracking ? { ...content, tracking: "person" } : content;

const toCall = (row: CallRow): Call => ({ ...row, members: fromRanges(row.members) });

export const toCallRow = (call: Call): CallRow => ({ ...call, members: toRanges(call.members) });

/** What follows from the recipients of a batch, and goes into the same write as they do. */
export const countedFrom = (
  row: Pick<BatchRow, "_id" | "workspaceId" | "campaignId">,
  recipients: readonly Recipient[],
): Pick<
  BatchRow,
  "counts" | "reasons" | "variantCounts" | "byMinute" | "unknownPlace" | "trimmed"
> => {
  const tally = tallyOf(recipients);
  const unknownPlace = unknownPlaceOf(row, recipients);
  const trimmed = trimmedOf(row, tally.reasons);
  return {
    ...tally,
    byMinute: endsByMinute(recipients),
    ...(unknownPlace === undefined ? {} : { unknownPlace }),
    ...(trimmed === undefined ? {} : { trimmed }),
  };
};
