import { replyTokenIds, type ErasureRow, type Store } from "@yubin/store";
import { parseProfileRef } from "@yubin/types";

import type { ErasureStore } from "../domain/people-store.ts";
import { lineConflictId } from "./conflicts.ts";
import { createDropEvents } from "./drop-events.ts";
import type { PeopleStoreOptions } from "./tombstones.ts";

/** Takes what events, journals, links and conflicts say of somebody who is being erased. */
export const createDropTraces = (
  store: Store,
  tombstoneIds: PeopleStoreOptions["tombstoneIds"],
): ErasureStore["dropTraces"] => {
  const dropEvents = createDropEvents(store, tombstoneIds);
  return async (workspaceId, id) => {
    const row = await store.erasures.findOne({ _id: id, workspaceId });
    if (!row) return;
    await dropEvents(row);
    await dropReplyTokens(store, row);
    await dropJournals(store, row);
    await dropDisputes(store, row);
  };
};

const dropReplyTokens = async (
  { channels, replyTokens }: Store,
  { workspaceId, lineUserIds }: ErasureRow,
): Promise<void> => {
  const theirs = await channels
    .find({ workspaceId })
    .project<{ _id: string }>({ _id: 1 })
    .toArray();
  for (const { _id: channelId } of theirs)
    for (const lineUserId of lineUserIds)
      await replyTokens.deleteMany({ _id: replyTokenIds(channelId, lineUserId), workspaceId });
};

const dropJournals = async (store: Store, row: ErasureRow): Promise<void> => {
  const { workspaceId, profileIds, lineUserIds, formerHomes = [] } = row;
  const { merges } = store;
  const ids = { $in: profileIds };
  const sides = { loserBefore: null, survivorBefore: null, loserAfter: null, values: [] };
  await merges.updateMany({ from: ids, workspaceId }, { $set: sides });
  await merges.updateMany({ into: ids, workspaceId }, { $set: sides });
  const survivors = { $in: await findEverMergedInto(store, workspaceId, profileIds) };
  const others = { $in: formerHomes };
  const theirs = { lineUserId: { $in: lineUserIds } };
  for (const side of ["survivorBefore", "loserBefore", "loserAfter"]) {
    const asOne = { workspaceId, [`${side}.mergedFrom`]: ids };
    await merges.updateMany({ ...asOne, from: survivors }, { $set: sides });
    await merges.updateMany({ ...asOne, into: survivors }, { $set: sides });
    const holding = { workspaceId, [`${side}.lineAccounts.lineUserId`]: { $in: lineUserIds } };
    const without = { $pull: { [`${side}.lineAccounts`]: theirs } } as object;
    await merges.updateMany({ ...holding, from: others }, without);
    await merges.updateMany({ ...holding, into: others }, without);
  }
};

const dropDisputes = async ({ lineLinks, conflicts }: Store, row: ErasureRow): Promise<void> => {
  const { workspaceId, profileIds, lineUserIds, refs } = row;
  const ids = { $in: profileIds };
  await lineLinks.deleteMany({ profileId: ids, workspaceId });
  await lineLinks.deleteMany({ lineUserId: { $in: lineUserIds }, workspaceId });
  await conflicts.deleteMany({ holderId: ids, workspaceId });
  // The LINE ID may have come from somebody else, who is still the holder of what was in dispute then.
  await conflicts.deleteMany({
    _id: { $in: refs.flatMap((ref) => lineConflictOf(workspaceId, ref)) },
    workspaceId,
  });
  await conflicts.updateMany(
    { "claimants.profileId": ids, workspaceId },
    { $pull: { claimants: { profileId: ids } } },
  );
  await conflicts.updateMany(
    { workspaceId, state: "open", claimants: { $size: 0 } },
    { $set: { state: "resolved", resolvedBy: "erase" } },
  );
};

const lineConflictOf = (workspaceId: string, ref: string): string[] => {
  const parsed = parseProfileRef(ref);
  if (parsed?.kind !== "alias" || !parsed.alias.kind.startsWith("line/")) return [];
  const provider = parsed.alias.kind.slice("line/".length);
  return [lineConflictId({ workspaceId, provider, lineUserId: parsed.alias.value })];
};

/** Those they were one person with until an undo: other merges of that time have them in their journals. */
const findEverMergedInto = async (
  { merges }: Store,
  workspaceId: string,
  profileIds: readonly string[],
): Promise<string[]> => {
  const survivors = new Set<string>();
  for (let from = [...profileIds]; from.length > 0;) {
    const rows = await merges
      .find({ from: { $in: from }, workspaceId }, { projection: { into: 1 } })
      .toArray();
    from = [...new Set(rows.map(({ into }) => into))].filter((id) => !survivors.has(id));
    for (const id of from) survivors.add(id);
  }
  return [...survivors];
};
