import type { Store } from "@yubin/store";

import type { FeedNamesDeps, NamesDue } from "../domain/feed-names.ts";
import { factPrefix } from "../domain/listing-fact.ts";
import { withPrefix } from "./listing-facts.ts";

/** Imports that ended and whose people may be without names, of all workspaces: the sweeper belongs to none. */
export const createNamesDue = ({ backfills, events }: Store): FeedNamesDeps["due"] => ({
  find: async () => {
    const rows = await backfills
      .find(
        { namesAfter: { $ne: null } },
        { projection: { workspaceId: 1, channelId: 1, namesAfter: 1 } },
      )
      .sort({ _id: 1 })
      .toArray();
    return rows.map(({ _id, workspaceId, channelId, namesAfter }) => ({
      workspaceId,
      channelId,
      backfillId: _id,
      after: namesAfter ?? "",
    }));
  },
  page: async ({ workspaceId, channelId, backfillId, after }: NamesDue, limit) => {
    const prefix = factPrefix({ channelId, key: backfillId });
    const rows = await events
      .find({ _id: withPrefix(prefix, after), workspaceId }, { projection: { lineUserId: 1 } })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return rows.map(({ _id, lineUserId }) => ({ id: _id, lineUserId: lineUserId ?? "" }));
  },
  // Where another replica was faster its place stands.
  move: async ({ workspaceId, backfillId, after }, to) => {
    await backfills.updateOne(
      { _id: backfillId, workspaceId, namesAfter: after },
      { $set: { namesAfter: to } },
    );
  },
});
