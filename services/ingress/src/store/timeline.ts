import type { BatchRow, EventRow, Store } from "@yubin/store";
import type { TimelineItem } from "@yubin/types";

import {
  pageOf,
  type Placed,
  type Position,
  type TimelineQuery,
  type Timelines,
} from "../domain/timeline.ts";
import { areClicksKnown, personClickView, type PersonClick } from "../domain/click.ts";
import { dueAt } from "./due-at.ts";
import { clicksOnMessages } from "./person-clicks.ts";
import { createSentByCampaigns } from "./sent-by-campaigns.ts";

/** What a person did and was sent: events, messages on their own, and their place in the newest campaigns. */
export const createTimelines = (store: Store): Timelines => {
  const sentByCampaigns = createSentByCampaigns(store);
  return {
    read: async (query) => {
      const wantsSent = query.types?.includes("sent") ?? true;
      const [events, messages, campaigns] = await Promise.all([
        eventsOf(store, query),
        wantsSent ? messagesOf(store, query) : [],
        wantsSent ? sentByCampaigns(query) : { placed: [], horizon: undefined },
      ]);
      return pageOf([...events, ...messages, ...campaigns.placed], {
        limit: query.limit,
        horizon: campaigns.horizon,
      });
    },
  };
};

/** Rows older than a position, by a field of time that an index has next to the id. */
const olderThan = (before: Position | undefined, field: string): object =>
  before
    ? {
        [field]: { $lte: before.at },
        $or: [{ [field]: { $lt: before.at } }, { _id: { $lt: before.id } }],
      }
    : {};

const eventsOf = async ({ events }: Store, query: TimelineQuery): Promise<Placed[]> => {
  const { workspaceId, profileIds, before, limit, types } = query;
  const wanted = types?.filter((type) => type !== "sent");
  if (wanted?.length === 0) return [];
  const rows = await events
    .find({
      profileId: { $in: [...profileIds] },
      workspaceId,
      ...olderThan(before, "occurredAt"),
      ...(wanted ? { type: { $in: wanted } } : {}),
    })
    .sort({ occurredAt: -1, _id: -1 })
    .limit(limit + 1)
    .toArray();
  return rows.map((row) => ({
    position: { at: row.occurredAt, id: row._id },
    item: eventItem(row),
  }));
};

const eventItem = (row: EventRow): TimelineItem => ({
  kind: "event",
  id: row.eventId,
  type: row.type,
  source: row.source,
  at: row.occurredAt.toISOString(),
  channelId: row.channelId,
  state: row.state,
  reason: row.reason,
  text: textIn(row.body["message"]),
  unsent: row.body["unsentAt"] !== undefined,
  details: detailsOf(row.body),
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const textIn = (message: unknown): string | null =>
  isObject(message) && typeof message["text"] === "string" ? message["text"] : null;

/** Said elsewhere in the item, or of use only to whoever talks with LINE: tokens are nobody's to read. */
const hidden: ReadonlySet<string> = new Set([
  "replyToken",
  "quoteToken",
  "nonce",
  "source",
  "mode",
  "timestamp",
  "profileId",
  "unsentAt",
]);

const detailsOf = (body: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(body)
      .filter(([key]) => !hidden.has(key))
      .map(([key, value]) => [
        key,
        (key === "message" || key === "link") && isObject(value) ? detailsOf(value) : value,
      ]),
  );

const messagesOf = async (store: Store, query: TimelineQuery): Promise<Placed[]> => {
  const { workspaceId, profileIds, before, limit, now } = query;
  const rows = await store.batches
    .find({
      profileId: { $in: [...profileIds] },
      workspaceId,
      campaignId: null,
      ...olderThan(before, "createdAt"),
    })
    .sort({ createdAt: -1, _id: -1 })
    .limit(limit + 1)
    .toArray();
  const tracked = rows
    .filter((row) => row.content?.tracking === true && areClicksKnown(dueAt(row), now))
    .map(({ _id }) => _id);
  const clicksOn = await clicksOnMessages(store, workspaceId, tracked);
  return rows.map((row) => ({
    position: { at: row.createdAt, id: row._id },
    item: messageItem(row, tracked.includes(row._id) ? clicksOn(row._id) : null),
  }));
};

const messageItem = (row: BatchRow, clicks: readonly PersonClick[] | null): TimelineItem => ({
  kind: "message",
  type: "sent",
  messageId: row._id,
  campaignId: row.origin?.campaignId ?? null,
  campaignName: null,
  variant: null,
  at: row.createdAt.toISOString(),
  channelId: row.channelId,
  outcome: row.recipients[0]?.outcome ?? null,
  reason: row.recipients[0]?.reason ?? null,
  settledAt: (row.recipients[0]?.settledAt ?? row.settledAt)?.toISOString() ?? null,
  clicks: clicks?.map(personClickView) ?? null,
});
