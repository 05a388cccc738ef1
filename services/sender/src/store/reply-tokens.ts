import { replyTokenIds, type ReplyTokenRow, type Store } from "@yubin/store";
import { limits } from "@yubin/types";

import type { ReplyToken, ReplyTokenOf, ReplyTokens } from "../domain/ports.ts";

/** Whoever does more than this within a minute is answered by the newest of it. */
const tokensMax = 50;
/**
 * A reply whose end is not known is asked for again for so long: half a minute more than LINE says, as a repeat does no
 * harm and its answer is the only way to learn what became of the first.
 */
const repeatMs = 1.5 * limits.replyTokenLifeMs;

/** Tokens that ingress has stored. One write on one row takes one, so that two messages never have the same. */
export const createReplyTokens = ({ replyTokens }: Pick<Store, "replyTokens">): ReplyTokens => {
  /** Its own, or those that are free; the newest first. */
  const claimable = async (
    { workspaceId, channelId, lineUserId, batchId }: ReplyTokenOf,
    now: Date,
  ): Promise<ReplyTokenRow[]> => {
    const usableFrom = new Date(now.getTime() - limits.replyTokenUsableMs);
    const rows = await replyTokens
      .find({
        _id: replyTokenIds(channelId, lineUserId),
        workspaceId,
        receivedAt: { $gt: usableFrom },
      })
      .sort({ _id: -1 }) // LINE's event ids grow with time
      .limit(tokensMax)
      .toArray();
    const mine = rows.filter(({ claimedBy }) => claimedBy === batchId);
    if (mine.length > 0) return mine;
    return rows
      .filter(({ claimedBy }) => claimedBy === null)
      .toSorted((one, other) => other.receivedAt.getTime() - one.receivedAt.getTime());
  };

  return {
    has: async (of, now) => (await claimable(of, now)).length > 0,
    claim: async (of, now) => {
      const { workspaceId, batchId } = of;
      for (const row of await claimable(of, now)) {
        if (row.claimedBy === batchId) return tokenIn(row);
        const expireAt = new Date(now.getTime() + limits.replyTokenAgeMaxMs);
        const result = await replyTokens.updateOne(
          { _id: row._id, workspaceId, claimedBy: null },
          { $set: { claimedBy: batchId, expireAt } },
        );
        if (result.matchedCount === 1) return tokenIn(row);
      }
      return undefined;
    },
  };
};

const tokenIn = ({ token, receivedAt }: ReplyTokenRow): ReplyToken => ({
  token,
  until: new Date(receivedAt.getTime() + repeatMs),
});
