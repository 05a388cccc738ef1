import { insertResults, type Store } from "@yubin/store";
import { limits } from "@yubin/types";
import { LRUCache } from "lru-cache";

import type { TrackDeps } from "../domain/track-links.ts";

export const createClickLinks = ({ clickLinks }: Store): TrackDeps["keepClickLinks"] => {
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
      clickLinks.bulkWrite(writes, { ordered: false }),
    );
    // A duplicate is the same, which somebody else wrote at the same time.
    const failed = results.find((result) => typeof result === "object");
    if (failed) throw failed.error;
    for (const { id } of missing) kept.set(id, true);
  };
};
