import { olderClickIds, packCalls, type Store } from "@yubin/store";

import { isSettled } from "../domain/batch.ts";
import type { ForgetDeps } from "../domain/forget-person.ts";
import { countedFrom, toBatch, toCallRow } from "./batch-rows.ts";
import { peopleFields } from "./batches.ts";

/** Batches as forgetting changes them: all of their people's fields at once, settled ones too. */
export const createErasableBatches = ({
  batches,
  clickLinks,
  clicks,
}: Pick<Store, "batches" | "clickLinks" | "clicks">): ForgetDeps["batches"] => ({
  take: async ({ workspaceId, batchId }, { token, now, until, seize }) => {
    const free = { $or: [{ claim: null }, { "claim.until": { $lt: now } }] };
    const row = await batches.findOneAndUpdate(
      { _id: batchId, workspaceId, ...(seize ? {} : free) },
      { $set: { claim: { token, until } } },
      { returnDocument: "after" },
    );
    return row ? toBatch(row) : undefined;
  },
  removeLinks: async (workspaceId, messageIds) => {
    const ofThem = { messageId: { $in: [...messageIds] }, workspaceId };
    const links = await clickLinks.find(ofThem).project<{ _id: string }>({ _id: 1 }).toArray();
    const older = links.flatMap(({ _id }) => olderClickIds(_id));
    // Nothing leads to these once the links are gone.
    await clicks.deleteMany({ _id: { $in: older }, workspaceId });
    await clickLinks.deleteMany(ofThem);
  },
  put: async (token, batch, now) => {
    const { id, workspaceId, recipients, calls, content } = batch;
    const mine = { _id: id, workspaceId, "claim.token": token };
    const words = content === null ? { content } : {};
    const result = await batches.updateOne(mine, {
      $set: {
        ...peopleFields(batch, recipients),
        calls: packCalls(calls.map(toCallRow)),
        ...words,
        ...countedFrom({ ...batch, _id: id }, recipients),
      },
    });
    if (result.matchedCount === 0) return false;
    // What was open may have got its last end by this.
    if (isSettled(batch))
      await batches.updateOne(
        { ...mine, state: "open" },
        { $set: { state: "settled", settledAt: now, nextAt: null } },
      );
    await batches.updateOne(mine, { $set: { claim: null } });
    return true;
  },
});
