import { hash } from "node:crypto";

import { isLineUserId, limits } from "@yubin/types";

import { eventHash } from "./event-hash.ts";
import type { InboundEvent, QuarantineReason } from "./inbound-event.ts";
import { lineEventShapes } from "./line-event-shapes.ts";

export interface EventPlace {
  readonly workspaceId: string;
  readonly channelId: string;
  readonly receivedAt: Date;
}

/** One item of a verified webhook: an event to store, or undefined for a type we do not know, which is only counted. */
export const readLineEvent = (raw: unknown, place: EventPlace): InboundEvent | undefined => {
  if (!isObject(raw) || typeof raw["type"] !== "string")
    return quarantined({ raw, type: "unreadable", reason: "event_shape" }, place);
  const type = raw["type"];
  const shape = lineEventShapes.get(type);
  if (!shape) return undefined;

  const reason = problemOf(raw, place.receivedAt);
  if (reason) return quarantined({ raw, type, reason }, place);
  const parsed = shape.safeParse(raw);
  if (!parsed.success) return quarantined({ raw, type, reason: "event_shape" }, place);

  const body: Record<string, unknown> = parsed.data;
  if (!userIdsOf(body).every(isUserId))
    return quarantined({ raw, type, reason: "user_id_invalid" }, place);

  const { replyToken, ...said } = body;
  const lineUserId = linkableUserId(body);
  const eventId = raw["webhookEventId"] as string;
  const occurredAtMs = raw["timestamp"] as number;
  return {
    id: `${place.channelId}/${eventId}`,
    workspaceId: place.workspaceId,
    channelId: place.channelId,
    source: "line",
    type,
    eventId,
    occurredAt: new Date(occurredAtMs),
    receivedAt: place.receivedAt,
    quarantined: null,
    lineUserId,
    ...(typeof replyToken === "string" && lineUserId !== null ? { replyToken } : {}),
    ...(isRedelivery(raw) ? { isRedelivery: true } : {}),
    // Could not be found again when the person asks to be forgotten.
    body: lineUserId === null ? withoutPeople(said) : said,
    hash: eventHash(type, occurredAtMs, body),
  };
};

/** LINE uses ULIDs and may use something else one day; the id becomes part of a key, so its alphabet is bounded. */
const eventIdPattern = new RegExp(`^[A-Za-z0-9_-]{1,${limits.eventIdChars}}$`);

const problemOf = (raw: Fields, receivedAt: Date): QuarantineReason | undefined => {
  const { webhookEventId, timestamp } = raw;
  if (typeof webhookEventId !== "string" || !eventIdPattern.test(webhookEventId))
    return "event_id_invalid";
  if (typeof timestamp !== "number" || !Number.isSafeInteger(timestamp) || timestamp < 0)
    return "timestamp_invalid";
  if (timestamp > receivedAt.getTime() + limits.eventFutureMaxMs) return "future";
  if (timestamp < receivedAt.getTime() - limits.eventAgeMaxMs) return "stale";
  return undefined;
};

interface Quarantine {
  readonly raw: unknown;
  readonly type: string;
  readonly reason: QuarantineReason;
}

/**
 * Kept aside with what a person needs to see why, and none of what it says. Without a usable id it gets one made of
 * its bytes, so that the same bad event again is the same row. Its row does not take the place of a good event of the
 * same id, which may still come.
 */
const quarantined = ({ raw, type, reason }: Quarantine, place: EventPlace): InboundEvent => {
  const json = JSON.stringify(raw) ?? "";
  const given = isObject(raw) ? raw : {};
  const eventId =
    typeof given["webhookEventId"] === "string" && eventIdPattern.test(given["webhookEventId"])
      ? given["webhookEventId"]
      : `bad-${hash("sha256", json, "hex").slice(0, 32)}`;
  const body = { bytes: Buffer.byteLength(json) };
  const occurredAt = timeOf(given["timestamp"]) ?? place.receivedAt;
  return {
    id: `${place.channelId}/quarantined/${eventId}`,
    workspaceId: place.workspaceId,
    channelId: place.channelId,
    source: "line",
    type,
    eventId,
    occurredAt,
    receivedAt: place.receivedAt,
    quarantined: reason,
    lineUserId: null,
    body,
    hash: hash("sha256", json, "hex").slice(0, 24),
  };
};

const timeOf = (timestamp: unknown): Date | undefined => {
  const time = new Date(typeof timestamp === "number" ? timestamp : NaN);
  return Number.isNaN(time.getTime()) ? undefined : time;
};

/** A module channel names people by an id of its own; a fact, but never a person we could link. */
const moduleUserId = /^LU[0-9a-f]{32}-U[0-9a-f]{32}$/;
const isUserId = (value: unknown): boolean =>
  typeof value === "string" && (isLineUserId(value) || moduleUserId.test(value));

/** Every user ID that the event's sources name. */
const userIdsOf = (body: Fields): unknown[] => {
  const sources = [body["source"], ...membersOf(body["joined"]), ...membersOf(body["left"])];
  return sources.flatMap((source) =>
    isObject(source) && source["userId"] !== undefined ? [source["userId"]] : [],
  );
};

const membersOf = (list: unknown): unknown[] =>
  isObject(list) && Array.isArray(list["members"]) ? list["members"] : [];

const isRedelivery = ({ deliveryContext }: Fields): boolean =>
  isObject(deliveryContext) && deliveryContext["isRedelivery"] === true;

const linkableUserId = (body: Fields): string | null => {
  const { mode, source } = body;
  if (mode === "standby" || !isObject(source) || source["type"] !== "user") return null;
  const userId = source["userId"];
  return typeof userId === "string" && isLineUserId(userId) ? userId : null;
};

/** What happened, in which chat and to which message, without who and what they said. */
const withoutPeople = ({ source, message, joined, left, ...body }: Fields): Fields => ({
  ...body,
  ...(isObject(source) ? { source: without(source, "userId") } : {}),
  ...(isObject(message) ? { message: { id: message["id"], type: message["type"] } } : {}),
  ...(joined === undefined ? {} : { joined: { count: membersOf(joined).length } }),
  ...(left === undefined ? {} : { left: { count: membersOf(left).length } }),
});

const without = (fields: Fields, name: string): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name));

type Fields = Record<string, unknown>;
const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
