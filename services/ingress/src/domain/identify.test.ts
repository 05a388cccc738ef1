import type { IdentifyRequest } from "@yubin/types";
import { expect, it } from "vitest";

import { identifyEvent } from "./identify.ts";
import { publicEventId } from "./tracked-event.ts";

const receivedAt = new Date("2026-11-25T00:00:00.000Z");
let made = 0;
const read = (request: IdentifyRequest, idempotencyKey?: string) =>
  identifyEvent(request, {
    workspaceId: "ws_main",
    idempotencyKey,
    newId: () => `evt_${(made += 1)}`,
    receivedAt,
  });
const codeOf = (request: IdentifyRequest): string => {
  try {
    read(request);
    return "taken";
  } catch (error) {
    return String((error as { code?: string }).code);
  }
};

it("keeps what is about the person, and nothing that clients add", () => {
  const event = read({
    userId: "Ame\u0301lie",
    anonymousId: "a-1",
    traits: { plan: "gold" },
    context: { line: { provider: "main", userId: `U${"1".repeat(32)}` }, ip: "192.0.2.1" },
    messageId: "m/1",
    type: "identify",
    sentAt: "2026-11-25T00:00:00Z",
    integrations: { All: true },
  });
  expect(event).toMatchObject({
    id: "ws_main/track/m/1",
    type: "identify",
    lineUserId: `U${"1".repeat(32)}`,
    occurredAt: receivedAt,
  });
  expect(event.body).toEqual({
    userId: "Am\u00e9lie",
    anonymousId: "a-1",
    traits: { plan: "gold" },
    context: { line: { provider: "main", userId: `U${"1".repeat(32)}` } },
    timestamp: receivedAt.toISOString(),
  });
});

it("gives the same fact the same id, by message id or by idempotency key", () => {
  expect(read({ userId: "1", messageId: "m" }).id).toBe(read({ userId: "1", messageId: "m" }).id);
  expect(read({ userId: "1" }, "k").id).toBe(read({ userId: "1" }, "k").id);
  expect(read({ userId: "1" }).id).not.toBe(read({ userId: "1" }).id);
  expect(publicEventId(read({ userId: "1", messageId: "m" }))).toMatch(/^evt_[0-9a-f]{32}$/);
});

it("gives one hash to the same call again, whenever it comes", () => {
  const one = read({ userId: "1", messageId: "m", traits: { a: 1 } });
  const later = identifyEvent(
    { userId: "1", messageId: "m", traits: { a: 1 } },
    { workspaceId: "ws_main", idempotencyKey: undefined, newId: () => "", receivedAt: new Date() },
  );
  expect(later.hash).toBe(one.hash);
  expect(read({ userId: "1", messageId: "m", traits: { a: 2 } }).hash).not.toBe(one.hash);
});

it("takes the time of the fact, and never one ahead of ours", () => {
  const at = (timestamp: string) => read({ userId: "1", timestamp }).occurredAt.toISOString();
  expect(at("2020-01-01T09:00:00+09:00")).toBe("2020-01-01T00:00:00.000Z");
  expect(at("2026-11-25T00:05:00Z")).toBe(receivedAt.toISOString());
  expect(codeOf({ userId: "1", timestamp: "2026-11-25T00:10:01Z" })).toBe("date_invalid");
  expect(codeOf({ userId: "1", timestamp: "1969-01-01T00:00:00Z" })).toBe("date_invalid");
});

it.each<[IdentifyRequest, string]>([
  [{}, "request_invalid"],
  [{ traits: { a: 1 } }, "request_invalid"],
  [{ context: { line: { provider: "main" } } }, "request_invalid"],
  [{ context: { line: { provider: "main", userId: `U${"1".repeat(32)}` } } }, "taken"],
  [{ userId: "null" }, "identifier_reserved"],
  [{ anonymousId: "undefined" }, "identifier_reserved"],
  [{ userId: "a\u200b" }, "identifier_invalid"],
  [{ userId: "1", messageId: "a\nb" }, "identifier_invalid"],
  [{ userId: "1", traits: { "a.b": 1 } }, "key_invalid"],
  [{ userId: "1", traits: { email: "nobody" } }, "email_invalid"],
  [{ userId: "1", traits: { email: 5 } }, "type_invalid"],
  [{ userId: "1", traits: { email: null } }, "taken"],
])("judges %j", (request, expected) => {
  expect(codeOf(request)).toBe(expected);
});

it("stores what a proof has shown in place of the proof", () => {
  const lineUserId = `U${"2".repeat(32)}`;
  const request: IdentifyRequest = {
    userId: "1",
    messageId: "m",
    context: { line: { provider: "main", idToken: "a.b.c" } },
  };
  const place = { workspaceId: "ws_main", idempotencyKey: undefined, newId: () => "", receivedAt };
  const proven = { provider: "main", lineUserId, kind: "id_token" } as const;
  const event = identifyEvent(request, place, proven);
  expect(event).toMatchObject({ eventId: "m", lineUserId });
  expect(event.body).toEqual({
    userId: "1",
    context: { line: { provider: "main", userId: lineUserId } },
    proof: "id_token",
    timestamp: receivedAt.toISOString(),
  });
  expect(identifyEvent(request, place, { ...proven, eventId: "evt_1" }).eventId).toBe("evt_1");
  expect(codeOf(request)).toBe("proof_unsupported");
});
