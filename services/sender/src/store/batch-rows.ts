import {
  fromRanges,
  recipientsOf,
  toRanges,
  unknownPlaceOf,
  type BatchRow,
  type CallRow,
} from "@yubin/store";

import { tallyOf, type Batch, type Call, type Recipient } from "../domain/batch.ts";
import { endsByMinute } from "../domain/ends-by-minute.ts";

export const toBatch = (row: BatchRow): Batch => ({
  id: row._id,
  workspaceId: row.workspaceId,
  channelId: row.channelId,
  campaignId: row.campaignId,
  method: row.method,
  profileId: row.profileId ?? null,
  recipients: recipientsOf(row),
  calls: row.calls.map(toCall),
  content: row.content,
  asked: row.campaignId === null ? { sendBefore: null, ...row.rules, purpose: row.purpose } : null,
  sendAt: row.sendAt,
  rests: row.rests ?? [],
  replyRefused: row.replyRefused ?? false,
  generation: row.generation ?? 0,
  crashes: row.crashes ?? 0,
});

const toCall = (row: CallRow): Call => ({ ...row, members: fromRanges(row.members) });

export const toCallRow = (call: Call): CallRow => ({ ...call, members: toRanges(call.members) });

/** What follows from the recipients of a batch, and goes into the same write as they do. */
export const countedFrom = (
  row: Pick<BatchRow, "_id" | "workspaceId">,
  recipients: readonly Recipient[],
): Pick<BatchRow, "counts" | "reasons" | "variantCounts" | "byMinute" | "unknownPlace"> => {
  const unknownPlace = unknownPlaceOf(row, recipients);
  const byMinute = endsByMinute(recipients);
  return {
    ...tallyOf(recipients),
    byMinute,
    ...(unknownPlace === undefined ? {} : { unknownPlace }),
  };
};
