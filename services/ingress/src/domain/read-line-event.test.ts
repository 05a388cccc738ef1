import { expect, it } from "vitest";

import { lineEventShapes } from "./line-event-shapes.ts";
import { readLineEvent } from "./read-line-event.ts";

const receivedAt = new Date("2026-11-25T03:00:00Z");
const place = { workspaceId: "ws_main", channelId: "chan_1", receivedAt };
const user = `U${"a".repeat(32)}`;
const event = (over: object = {}): Record<string, unknown> => ({
  type: "follow",
  mode: "active",
  timestamp: receivedAt.getTime() - 1_000,
  source: { type: "user", userId: user },
  webhookEventId: "01FZ74A0TDDPYRVKNK77XKC3ZR",
  deliveryContext: { isRedelivery: false },
  ...over,
});

it("reads a follow with what identity needs", () => {
  expect(readLineEvent(event(), place)).toEqual({
    id: "chan_1/01FZ74A0TDDPYRVKNK77XKC3ZR",
    workspaceId: "ws_main",
    channelId: "chan_1",
    source: "line",
    type: "follow",
    eventId: "01FZ74A0TDDPYRVKNK77XKC3ZR",
    occurredAt: new Date("2026-11-25T02:59:59Z"),
    receivedAt,
    quarantined: null,
    lineUserId: user,
    body: { mode: "active", source: { type: "user", userId: user } },
    hash: expect.stringMatching(/^[0-9a-f]{24}$/) as string,
  });
});

it("keeps the token by which somebody can be answered apart from what they said", () => {
  const replyToken = "b60d432864f44d079f6d8efe86cf404b";
  const read = readLineEvent(event({ replyToken }), place);
  expect(read).toMatchObject({ replyToken });
  expect(JSON.stringify(read?.body)).not.toContain(replyToken);
  const again = readLineEvent(
    event({ replyToken, deliveryContext: { isRedelivery: true } }),
    place,
  );
  expect(again).toEqual({ ...read, isRedelivery: true });
  const group = { source: { type: "group", groupId: "C1", userId: user } };
  const ofGroup = readLineEvent(event({ replyToken, ...group }), place);
  expect(JSON.stringify(ofGroup)).not.toContain(replyToken);
});

it.each([
  ["of a group", { source: { type: "group", groupId: "C1", userId: user } }],
  ["of a room", { source: { type: "room", roomId: "R1", userId: user } }],
  ["in standby", { mode: "standby" }],
  ["of a module", { source: { type: "user", userId: `L${user}-${user}` } }],
])("keeps of an event %s that it happened, and not who or what was said", (_, over) => {
  const message = { id: "7", type: "text", text: `secret of ${user}` };
  const members = { members: [{ type: "user", userId: user }] };
  const read = readLineEvent(event({ type: "message", message, ...over }), place);
  expect(read).toMatchObject({ lineUserId: null, body: { message: { id: "7", type: "text" } } });
  expect(JSON.stringify(read)).not.toMatch(/secret|U[0-9a-f]{32}/);
  const joined = readLineEvent(event({ type: "memberJoined", joined: members, ...over }), place);
  expect(joined?.body).toMatchObject({ joined: { count: 1 } });
  expect(JSON.stringify(joined)).not.toContain(user);
});

it("gives one hash to a redelivery, whatever the order of fields, and another to other words", () => {
  const first = readLineEvent(event(), place);
  const reordered = Object.fromEntries(Object.entries(event()).reverse());
  const redelivered = { ...reordered, deliveryContext: { isRedelivery: true }, later: 1 };
  expect(readLineEvent(redelivered, place)?.hash).toBe(first?.hash);
  expect(readLineEvent(event({ mode: "standby" }), place)?.hash).not.toBe(first?.hash);
  expect(readLineEvent(event({ timestamp: 1 + receivedAt.getTime() }), place)?.hash).not.toBe(
    first?.hash,
  );
});

it("gives a bad event without an id one that follows from its bytes", () => {
  const bad = readLineEvent(event({ webhookEventId: 5 }), place);
  expect(bad).toMatchObject({
    quarantined: "event_id_invalid",
    body: { bytes: expect.any(Number) },
  });
  expect(readLineEvent(event({ webhookEventId: 5 }), place)?.id).toBe(bad?.id);
  expect(readLineEvent(event({ webhookEventId: 6 }), place)?.id).not.toBe(bad?.id);
});

it("leaves the place of a good event to it, whatever came under its id before", () => {
  const bad = readLineEvent(event({ timestamp: 5 + receivedAt.getTime() + 600_000 }), place);
  const good = readLineEvent(event(), place);
  expect(bad).toMatchObject({ quarantined: "future", eventId: good?.eventId });
  expect(good?.quarantined).toBeNull();
  expect(bad?.id).not.toBe(good?.id);
});

it("takes a timestamp at either edge of what is allowed", () => {
  const at = (ms: number) => readLineEvent(event({ timestamp: receivedAt.getTime() + ms }), place);
  expect(at(600_000)?.quarantined).toBeNull();
  expect(at(600_001)?.quarantined).toBe("future");
  expect(at(-7 * 86_400_000)?.quarantined).toBeNull();
  expect(at(-7 * 86_400_000 - 1)?.quarantined).toBe("stale");
});

it("never throws, whatever an event is made of", () => {
  const values = [
    undefined,
    null,
    0,
    NaN,
    "",
    "x",
    [],
    {},
    [[]],
    { a: null },
    true,
    1e308,
    "\ud800",
  ];
  for (const type of [...lineEventShapes.keys(), "later"])
    for (const field of Object.keys(event({ message: 1, postback: 1, joined: 1, link: 1 })))
      for (const value of values)
        expect(() => readLineEvent(event({ type, [field]: value }), place)).not.toThrow();
  for (const value of values) expect(() => readLineEvent(value, place)).not.toThrow();
});
