import {
  insertResults,
  storeFailure,
  type EventRow,
  type InsertResult,
  type Store,
} from "@yubin/store";
import { limits } from "@yubin/types";

import { isStoreAway, storeAway, type Breaker } from "../domain/breaker.ts";
import { createGroupCommit } from "../domain/group-commit.ts";
import type { EventInbox, InboundEvent, Step } from "../domain/inbound-event.ts";

export interface EventInboxOptions {
  readonly store: Store;
  readonly breaker: Breaker;
  /** From being asked to the acknowledged write. */
  readonly deadlineMs: number;
  /** Told once per write: what was not there before and waits to be applied. Must not throw. */
  readonly onInserted: (events: readonly InboundEvent[]) => void;
  /** Told once per write: what was there already. Must not throw. */
  readonly onDuplicates: (events: readonly InboundEvent[]) => void;
  readonly step?: Step;
}

const groupItemsMax = 1_000;
const flightsMax = 2;

/** Webhooks that arrive together are stored by one write. */
export const createEventInbox = (options: EventInboxOptions): EventInbox => {
  const { store, breaker, deadlineMs, step } = options;

  const write = async (events: readonly InboundEvent[]): Promise<readonly InsertResult[]> => {
    await step?.("insert");
    const results = await insertResults(events.length, () =>
      store.events.insertMany(events.map(toRow), { ordered: false }),
    );
    breaker.succeeded();
    await step?.("enqueue");
    tellOf(options, events, results);
    return results;
  };
  const commit = createGroupCommit({
    write,
    isAway,
    itemsMax: groupItemsMax,
    flightsMax,
    deadlineMs,
  });

  return {
    add: async (events) => {
      if (events.length === 0) return { inserted: 0, duplicates: 0, each: [] };
      breaker.check();
      const results = await commit(events).catch((error: unknown) => {
        throw isStoreAway(error) || isAway(error) ? storeAway(error) : error;
      });
      const failed = results.find((result) => typeof result === "object");
      if (failed) throw storeAway(failed.error);
      const each = results.filter((result) => typeof result !== "object");
      const duplicates = each.filter((result) => result === "duplicate").length;
      return { inserted: each.length - duplicates, duplicates, each };
    },
  };
};

const isAway = (error: unknown): boolean => storeFailure(error) !== undefined;

const tellOf = (
  { onInserted, onDuplicates }: EventInboxOptions,
  events: readonly InboundEvent[],
  results: readonly InsertResult[],
): void => {
  const inserted = events.filter((event, at) => results[at] === "inserted" && !event.quarantined);
  if (inserted.length > 0) onInserted(inserted);
  const duplicates = events.filter((_, at) => results[at] === "duplicate");
  if (duplicates.length > 0) onDuplicates(duplicates);
};

const toRow = (event: InboundEvent): EventRow => ({
  _id: event.id,
  workspaceId: event.workspaceId,
  channelId: event.channelId,
  source: event.source,
  type: event.type,
  eventId: event.eventId,
  occurredAt: event.occurredAt,
  receivedAt: event.receivedAt,
  state: event.quarantined ? "quarantined" : "stored",
  reason: event.quarantined,
  lineUserId: event.lineUserId,
  profileId: null,
  appliedAt: null,
  nextAt: event.quarantined ? null : event.receivedAt,
  body: event.body,
  hash: event.hash,
  expireAt: new Date(event.receivedAt.getTime() + limits.eventRetentionMs),
});

/** How many of these contradict what is stored under their ids. */
export const createConflictCounter =
  ({ events }: Store) =>
  async (duplicates: readonly InboundEvent[]): Promise<number> => {
    const ids = duplicates.map(({ id }) => id);
    const workspaces = [...new Set(duplicates.map(({ workspaceId }) => workspaceId))];
    const stored = await events
      .find({ _id: { $in: ids }, workspaceId: { $in: workspaces } }, { projection: { hash: 1 } })
      .toArray();
    const hashes = new Map(stored.map(({ _id, hash }) => [_id, hash]));
    return duplicates.filter(({ id, hash }) => (hashes.get(id) ?? hash) !== hash).length;
  };
