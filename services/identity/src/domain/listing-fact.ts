import { hash } from "node:crypto";
import { idFromAt, listingFacts, type ListingFact } from "@yubin/types";

import type { InboxEvent, ListingReason } from "./inbox-event.ts";
import type { Friendship, Profile } from "./profile.ts";

/** One asking of LINE about the friends of one channel. */
export interface Listing {
  readonly workspaceId: string;
  readonly channelId: string;
  /** The backfill's id, or that of a run of a reconciliation. */
  readonly key: string;
  readonly by: "backfill" | "reconciliation";
}

/** How long its events are kept: long enough to fetch names after them, shorter than what LINE sent by itself. */
const keptMs = 7 * 86_400_000;

/**
 * What LINE said about a person when asked, as an event. It takes the place of one that was missed and no more: its id
 * loses ties of time against every id of LINE's. The same listing says it once, however often it is repeated.
 */
export const newFact = (
  { workspaceId, channelId, key, by }: Listing,
  said: { readonly type: ListingFact; readonly lineUserId: string; readonly asOf: Date },
  now: Date,
): InboxEvent => ({
  id: factId({ channelId, key }, said.lineUserId),
  workspaceId,
  channelId,
  source: "line",
  type: said.type,
  eventId: `!${key}`,
  occurredAt: said.asOf,
  receivedAt: now,
  expireAt: new Date(now.getTime() + keptMs),
  lineUserId: said.lineUserId,
  body: { by, listing: key },
  tries: 0,
});

/** What the ids of a listing's events begin with. */
export const factPrefix = ({ channelId, key }: Pick<Listing, "channelId" | "key">): string =>
  `${channelId}/${key}/`;

/** Ids go into Redis, so the LINE ID in it is hashed. */
export const factId = (listing: Pick<Listing, "channelId" | "key">, lineUserId: string): string =>
  `${factPrefix(listing)}${hash("sha256", lineUserId, "hex").slice(0, 24)}`;

export const isListing = ({ type }: Pick<InboxEvent, "type">): boolean =>
  (listingFacts as readonly string[]).includes(type);

/** The id of the profile that a listed person gets where there is none: known again after a crash. */
export const personFrom = ({ id, receivedAt }: InboxEvent): string =>
  idFromAt("prof", receivedAt.getTime(), id);

/** What an event says about friendship, if anything. */
export const toldBy = ({
  type,
  body,
}: InboxEvent): Pick<Friendship, "state" | "by"> | undefined => {
  if (type === "follow") return { state: "following", by: "follow" };
  if (type === "unfollow") return { state: "blocked", by: "unfollow" };
  if (type === "followerFound") return { state: "following", by: askedBy(body) };
  if (type === "followerMissing") return { state: "blocked", by: askedBy(body) };
  return undefined;
};

const askedBy = (body: InboxEvent["body"]): "backfill" | "reconciliation" =>
  body["by"] === "backfill" ? "backfill" : "reconciliation";

/** What came of a listing's event, told from the person as they are then: whoever repeats it finds the same. */
export const listingReason = (event: InboxEvent, { id, mergedFrom, lineAccounts }: Profile) => {
  const opened = personFrom(event);
  if (id === opened || mergedFrom.includes(opened)) return "person_opened";
  const changed = lineAccounts.some(
    ({ lineUserId, friendship }) =>
      lineUserId === event.lineUserId &&
      friendship[event.channelId ?? ""]?.eventId === event.eventId,
  );
  return (changed ? "friendship_changed" : "nothing_new") satisfies ListingReason;
};
