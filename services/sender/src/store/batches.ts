import {
  packCalls,
  packRecipients,
  toRanges,
  type BatchRow,
  type RecipientRow,
  type Store,
} from "@yubin/store";

import { isProgress, waitingIn, type Batch, type Recipient } from "../domain/batch.ts";
import type { Afterwards, ClaimedBatches } from "../domain/ports.ts";
import { countedFrom, toBatch, toCallRow } from "./batch-rows.ts";

/** Claims on batches. Every write names the token, so whoever lost a claim changes nothing. */
export const createClaimedBatches = ({ batches }: Store): ClaimedBatches => {
  const rows = batches;
  return {
    claim: async ({ workspaceId, batchId }, { token, now, until }) => {
      const claim = { claim: { token, until }, nextAt: until };
      const free = await rows.findOneAndUpdate(
        { _id: batchId, workspaceId, state: "open", claim: null },
        { $set: claim, $unset: nothingYet },
        { returnDocument: "after" },
      );
      if (free) return { kind: "claimed", batch: toBatch(free) };

      const left = await rows.findOneAndUpdate(
        { _id: batchId, workspaceId, state: "open", "claim.until": { $lt: now } },
        { $set: claim, $unset: nothingYet, $inc: { crashes: 1 } },
        { returnDocument: "after" },
      );
      if (left) return { kind: "claimed", batch: toBatch(left) };

      const row = await rows.findOne(
        { _id: batchId, workspaceId },
        { projection: { state: 1, claim: 1 } },
      );
      if (row?.state === "open") return { kind: "busy", until: row.claim?.until ?? now };
      if (row) return { kind: "obsolete" };
      const elsewhere = { _id: batchId, workspaceId: { $ne: workspaceId }, state: "open" } as const;
      const foreign = await rows.findOne(elsewhere, { projection: { _id: 1 } });
      return { kind: foreign ? "foreign" : "obsolete" };
    },
    save: async (token, { before, after, next }) => {
      const result = await rows.updateOne(
        { _id: after.id, workspaceId: after.workspaceId, "claim.token": token },
        { $set: { ...differences(before, after), ...afterwards(token, next) } },
      );
      return result.matchedCount === 1;
    },
  };
};

/** Whom an earlier holder was about to send to it has sent to, in calls that are there, or never will. */
const nothingYet = { announced: "" } as const;

/** Recipients and counts always go in one write, the counts counted from these very recipients. */
const differences = (before: Batch, after: Batch): Partial<BatchRow> & Record<string, unknown> => ({
  ...(before.recipients === after.recipients
    ? {}
    : {
        ...peopleFields(after, after.recipients),
        ...countedFrom({ ...after, _id: after.id }, after.recipients),
      }),
  ...(before.calls === after.calls ? {} : { calls: packCalls(after.calls.map(toCallRow)) }),
  ...(before.calls === after.calls && before.recipients === after.recipients
    ? {}
    : { tried: waitingIn(after).length === 0 }),
  ...(before.profileId === after.profileId ? {} : { profileId: after.profileId ?? null }),
  ...(isProgress(before, after) ? { crashes: 0 } : {}),
  ...(before.rests === after.rests ? {} : { rests: [...after.rests] }),
  ...(before.replyRefused === after.replyRefused
    ? {}
    : { replyRefused: after.replyRefused ?? false }),
  ...(before.announced === after.announced ? {} : { announced: toRanges(after.announced) }),
  ...(before.generation === after.generation ? {} : { generation: after.generation }),
});

/** Whom a batch is for, and how it ended for them. A message on its own is found by how its one person was named. */
export const peopleFields = (
  { campaignId }: Pick<Batch, "campaignId">,
  recipients: readonly Recipient[],
): Pick<BatchRow, "recipients" | "packed"> => {
  const rows: RecipientRow[] = [...recipients];
  return campaignId === null
    ? { recipients: rows, packed: null }
    : { recipients: [], packed: packRecipients(rows) };
};

const afterwards = (token: string, next: Afterwards): Partial<BatchRow> => {
  switch (next.kind) {
    case "hold":
      return { claim: { token, until: next.until }, nextAt: next.until };
    case "release":
      return { claim: null, nextAt: next.nextAt };
    case "settle":
      return { claim: null, nextAt: null, state: "settled", settledAt: next.at };
    default:
      throw new Error(`no such end: ${String(next satisfies never)}`);
  }
};
