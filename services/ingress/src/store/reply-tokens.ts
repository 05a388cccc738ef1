import { insertResults, newReplyToken, type ReplyTokenRow, type Store } from "@yubin/store";
import { limits } from "@yubin/types";

import type { InboundEvent } from "../domain/inbound-event.ts";

export interface ReplyTokens {
  /**
   * Stores the tokens of events, for free replies; where LINE delivers one again, its minute starts anew. Returns at
   * once and never fails: without its token a message is pushed.
   */
  keep(events: readonly InboundEvent[]): void;
  /** Waits for what is under way. */
  settled(): Promise<void>;
}

export interface ReplyTokensOptions {
  readonly store: Pick<Store, "replyTokens">;
  /** Told of tokens that were not stored. Must not throw. */
  readonly onLost: (count: number, error?: unknown) => void;
}

/** Beyond that the store is slower than the webhooks, and what waits would be too old before it is stored. */
const waitingMax = 5_000;
/** They are not the truth, so that one server's word is enough. */
const writeConcern = { w: 1 } as const;

interface Held {
  readonly row: ReplyTokenRow;
  readonly isRedelivery: boolean;
}

/** One write at a time, of all that has come meanwhile; webhooks do not wait for it. */
export const createReplyTokens = ({ store, onLost }: ReplyTokensOptions): ReplyTokens => {
  let waiting: Held[] = [];
  let writing: Promise<void> | undefined;
  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const some = waiting;
      waiting = [];
      await write(store, some).catch((error: unknown) => onLost(some.length, error));
    }
    writing = undefined;
  };

  return {
    keep: (events) => {
      const held = events.flatMap((event) => heldFrom(event) ?? []);
      const room = waitingMax - waiting.length;
      if (held.length > room) onLost(held.length - room);
      waiting.push(...held.slice(0, room));
      if (waiting.length > 0) writing ??= writeAll();
    },
    settled: async () => {
      await writing;
    },
  };
};

const heldFrom = (event: InboundEvent): Held | undefined => {
  const { workspaceId, channelId, lineUserId, eventId, replyToken, receivedAt } = event;
  if (replyToken === undefined || channelId === null || lineUserId === null) return undefined;
  if (receivedAt.getTime() - event.occurredAt.getTime() >= limits.replyTokenAgeMaxMs)
    return undefined;
  const of = { workspaceId, channelId, lineUserId, eventId, token: replyToken };
  return { row: newReplyToken(of, receivedAt), isRedelivery: event.isRedelivery === true };
};

const write = async (
  { replyTokens }: ReplyTokensOptions["store"],
  held: readonly Held[],
): Promise<void> => {
  const rows = held.map(({ row }) => row);
  const results = await insertResults(rows.length, () =>
    replyTokens.insertMany(rows, { ordered: false, writeConcern }),
  );
  const again = held.filter(({ isRedelivery }, at) => isRedelivery && results[at] === "duplicate");
  for (const { row } of again) {
    const { _id, workspaceId, receivedAt, expireAt } = row;
    await replyTokens.updateOne(
      { _id, workspaceId, claimedBy: null },
      { $max: { receivedAt, expireAt } },
      { writeConcern },
    );
  }
  const failed = results.find((result) => typeof result === "object");
  if (failed) throw failed.error;
};
