import type { FrozenSend } from "@yubin/types";
import { expect, it } from "vitest";

import { isSameMessage, newMessageBatch, type NewMessage } from "./new-message-batch.ts";

const now = new Date("2026-11-25T00:00:00Z");
const request: FrozenSend = {
  to: "user:42",
  channelId: "chan_1",
  messages: [{ type: "text", text: "hi" }],
};
let made = 0;
const message = (idempotencyKey?: string): NewMessage => ({
  workspaceId: "ws_main",
  idempotencyKey,
  newId: () => `msg_${(made += 1)}`,
  now,
});

it("gives one id to one idempotency key of one workspace", () => {
  const first = newMessageBatch(request, message("k"));
  expect(newMessageBatch(request, message("k"))._id).toBe(first._id);
  expect(newMessageBatch(request, message("l"))._id).not.toBe(first._id);
  expect(newMessageBatch(request, { ...message("k"), workspaceId: "ws_b" })._id).not.toBe(
    first._id,
  );
});

it("gives one id to one campaign, step and person", () => {
  const step = { ...request, campaignId: "spring", step: "1" };
  const first = newMessageBatch(step, message());
  expect(newMessageBatch(step, message())._id).toBe(first._id);
  expect(newMessageBatch({ ...step, step: "2" }, message())._id).not.toBe(first._id);
  expect(newMessageBatch({ ...step, to: "user:43" }, message())._id).not.toBe(first._id);
  expect(newMessageBatch(request, message())._id).not.toBe(newMessageBatch(request, message())._id);
});

it("takes the newest version of a template for the same request, though it is another by now", () => {
  const from = (version: number, pinned = false) =>
    newMessageBatch(
      {
        ...request,
        messages: [{ type: "text", text: `version ${version}` }],
        template: { id: "tmpl_1", version, pinned },
      },
      message("k"),
    );
  expect(isSameMessage(from(1), from(2))).toBe(true);
  expect(isSameMessage(from(1, true), from(2, true))).toBe(false);
  expect(isSameMessage(from(1), newMessageBatch(request, message("k")))).toBe(false);
});

it("takes other tracking for another request, and none, null and off for the same", () => {
  const asking = (tracking?: FrozenSend["tracking"]) =>
    newMessageBatch({ ...request, ...(tracking === undefined ? {} : { tracking }) }, message("k"));
  expect(asking("person").content?.tracking).toBe(true);
  expect(asking(null).content).not.toHaveProperty("tracking");
  for (const none of [null, "off"] as const) {
    expect(isSameMessage(asking(none), asking())).toBe(true);
    expect(isSameMessage(asking(none), asking("person"))).toBe(false);
  }
});

it("takes another wish for a free reply for another request, and none for the same as false", () => {
  const asking = (replyIfFree?: boolean) =>
    newMessageBatch({ ...request, replyIfFree }, message("k"));
  expect(isSameMessage(asking(true), asking(true))).toBe(true);
  expect(isSameMessage(asking(true), asking())).toBe(false);
  expect(isSameMessage(asking(false), asking())).toBe(true);
});

it("names a LINE ID by a reference", () => {
  const to = { provider: "main", lineUserId: `U${"0".repeat(32)}` };
  expect(newMessageBatch({ ...request, to }, message()).recipients).toEqual([
    { ref: `line:main:U${"0".repeat(32)}` },
  ]);
});

it("waits until sendAt, and not at all when that has passed", () => {
  const later = newMessageBatch({ ...request, sendAt: "2026-11-25T09:30:00+09:00" }, message());
  expect(later.nextAt).toEqual(new Date("2026-11-25T00:30:00Z"));
  const past = newMessageBatch({ ...request, sendAt: "2026-11-24T00:00:00Z" }, message());
  expect(past.nextAt).toEqual(now);
});

it("tells a repetition from another request, whatever has happened to the stored one", () => {
  const first = newMessageBatch(request, message("k"));
  const stored = {
    ...first,
    state: "settled" as const,
    recipients: [{ ref: "user:42", profileId: "prof_1", outcome: "accepted" as const }],
  };
  expect(isSameMessage(stored, newMessageBatch(request, message("k")))).toBe(true);
  const other = { ...request, messages: [{ type: "text", text: "ho" }] };
  expect(isSameMessage(stored, newMessageBatch(other, message("k")))).toBe(false);
});
