import { insertResults, type Store } from "@yubin/store";
import { limits } from "@yubin/types";
import { LRUCache } from "lru-cache";

import type { TrackDeps } from "../domain/track-links.ts";

type Rows = Pick<Store, "clickLinks" | "batches">;

export const createClickLinks = (store: Rows): TrackDeps["keepClickLinks"] => {
  const kept = new LRUCache<string, true>({ max: 10_000 });
  return async (links) => {
    const missing = links.filter(({ id }) => !kept.has(id));
    if (missing.length === 0) return;
    const createdAt = new Date();
    const expireAt = new Date(createdAt.getTime() + limits.clickLinkLifeMs);
    const writes = missing.map(({ id, workspaceId, ...link }) => ({
      updateOne: {
        filter: { _id: id, workspaceId },
        update: { $setOnInsert: { ...link, createdAt, expireAt } },
        upsert: true,
      },
    }));
    const results = await insertResults(writes.length, () =>
      store.clickLinks.bulkWrite(writes, { ordered: false }),
    );
    // A duplicate is the same, which somebody else wrote at the same time.
    const failed = results.find((result) => typeof result === "object");
    if (failed) throw failed.error;
    for (const [messageId, [link]] of Map.groupBy(missing, (one) => one.messageId))
      if (messageId !== null && link) await takeBackIfErased(store, link.workspaceId, messageId);
    for (const { id } of missing) kept.set(id, true);
  };
};

/**
 * No claim guards a link. Whoever stood still while the person was erased, and writes only now, finds the words of the
 * message gone and removes what was written; where they are still there, the erasure removes it after them.
 */
const takeBackIfErased = async (
  { batches, clickLinks }: Rows,
  workspaceId: string,
  messageId: string,
): Promise<void> => {
  const erased = { _id: messageId, workspaceId, content: null };
  if (await batches.findOne(erased, { projection: { _id: 1 } }))
    await clickLinks.deleteMany({ messageId, workspaceId });
};
