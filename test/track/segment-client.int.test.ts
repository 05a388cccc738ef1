import { randomBytes } from "node:crypto";
import { Analytics, type Context } from "@segment/analytics-node";
import { afterAll, beforeAll, expect, it } from "vitest";

import { provider } from "../chaos/world.ts";
import { startTrackingWorld, type TrackingWorld } from "./tracking-world.ts";

let world: TrackingWorld;
beforeAll(async () => {
  world = await startTrackingWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

interface Sent {
  readonly analytics: Analytics;
  /** Status of each request that the client made. */
  readonly statuses: number[];
  /** What the client holds for lost. */
  readonly lost: unknown[];
}

/** Segment's own client as it comes, but for the address. */
const open = (settings: { writeKey?: string; flushAt?: number } = {}): Sent => {
  const analytics = new Analytics({
    writeKey: world.stack.apiKey,
    host: world.url,
    maxRetries: 3,
    ...settings,
  });
  const sent: Sent = { analytics, statuses: [], lost: [] };
  analytics.on("http_response", ({ status }) => sent.statuses.push(status));
  analytics.on("error", (error) => sent.lost.push(error));
  return sent;
};
const told = async (eventIds: readonly string[]) => {
  const rows = await world.events();
  return eventIds.map((id) => rows.find(({ eventId }) => eventId === id));
};
const lineUserId = `U${randomBytes(16).toString("hex")}`;

it("takes every call of Segment's client, and knows the person afterwards", async () => {
  const { analytics, statuses, lost } = open();
  const ids: string[] = [];
  const noted = (error: unknown, context: Context | undefined): void => {
    if (error === undefined && context) ids.push(String(context.event.messageId));
  };
  analytics.page({ anonymousId: "visitor-1", category: "Shop", name: "Home" }, noted);
  analytics.track({ anonymousId: "visitor-1", event: "Looked", properties: { sku: "x" } }, noted);
  analytics.identify(
    {
      userId: "seg-1",
      anonymousId: "visitor-1",
      traits: { email: "Seg@example.com", name: "瀬具", plan: "free" },
      context: { line: { provider, userId: lineUserId }, ip: "192.0.2.1" },
      timestamp: new Date(Date.now() - 5_000),
      integrations: { All: false, Salesforce: { id: 1 } },
    },
    noted,
  );
  // Two in one millisecond, as a client may well make them: the later one counts.
  for (const plan of ["silver", "bronze"])
    analytics.identify({ userId: "seg-1", traits: { plan } }, noted);
  analytics.track({ userId: "seg-1", event: "Ordered", properties: { total: 5 } }, noted);
  analytics.screen({ userId: "seg-1", name: "Cart" }, noted);
  analytics.group(
    { userId: "seg-1", groupId: "acme", traits: { email: "all@acme.example" } },
    noted,
  );
  analytics.alias({ userId: "seg-1", previousId: "old-1" }, noted);
  await analytics.closeAndFlush();

  expect([statuses, lost, ids.length]).toEqual([[202], [], 9]);
  const rows = await told(ids);
  const profile = await world.profile("user:seg-1");
  expect(profile).toMatchObject({
    externalId: "seg-1",
    traits: { email: "Seg@example.com", name: "瀬具", plan: "bronze", line_id: lineUserId },
    lineId: { [provider]: lineUserId },
    lineAccounts: [{ proof: { kind: "server_key" } }],
  });
  expect(Object.fromEntries(rows.map((row) => [row?.type, row?.body]))).toMatchObject({
    page: { anonymousId: "visitor-1", category: "Shop", name: "Home" },
    screen: { name: "Cart" },
    group: { groupId: "acme", traits: { email: "all@acme.example" } },
    alias: { previousId: "old-1", userId: "seg-1" },
  });
  const attached = rows.filter((row) => row?.type !== "alias" && row?.type !== "page");
  expect(attached.map((row) => [row?.type, row?.state, row?.profileId])).toEqual(
    attached.map((row) => [row?.type, "applied", profile.id]),
  );
});

it("opens a person for a track call alone, and none for a page", async () => {
  const { analytics } = open();
  analytics.track({ userId: "seg-2", event: "Ordered" });
  analytics.page({ userId: "seg-3", name: "Home" });
  await analytics.closeAndFlush();
  await world.events();
  expect(await world.profile("user:seg-2")).toMatchObject({ externalId: "seg-2", traits: {} });
  await expect(world.profile("user:seg-3")).rejects.toThrow("404");
});

it("does not make the client repeat a batch in which a row is bad", async () => {
  const { analytics, statuses, lost } = open();
  analytics.track({ userId: "null", event: "Bad" });
  analytics.track({ userId: "seg-4", event: "Good" });
  analytics.track({ userId: "seg-4", event: "Bad", properties: { $set: 1 } });
  await analytics.closeAndFlush();
  expect([statuses, lost]).toEqual([[207], []]);
  const rows = await world.events();
  expect(
    rows.filter(({ body }) => body["userId"] === "seg-4").map(({ body }) => body["event"]),
  ).toEqual(["Good"]);
});

it("makes the client give up at once on a key that is wrong", async () => {
  const { analytics, statuses, lost } = open({ writeKey: "yb_live_wrong" });
  analytics.track({ userId: "seg-5", event: "Lost" });
  await analytics.closeAndFlush();
  expect([statuses, lost.length]).toEqual([[401], 1]);
});

it("stores a fact once that the client sends in two batches", async () => {
  const { analytics, statuses } = open({ flushAt: 1 });
  for (const event of ["First", "Second"])
    analytics.track({ userId: "seg-6", event, messageId: "the-same" });
  await analytics.closeAndFlush();
  expect(statuses).toEqual([202, 202]);
  const rows = await world.events();
  expect(rows.filter(({ eventId }) => eventId === "the-same")).toHaveLength(1);
});

it("takes thousands of calls as fast as they are made", async () => {
  const { analytics, lost, statuses } = open({ flushAt: 500 });
  for (let call = 0; call < 3_000; call += 1)
    analytics.track({ userId: `many-${call % 50}`, event: "Ordered", properties: { call } });
  await analytics.closeAndFlush();
  expect([lost, new Set(statuses)]).toEqual([[], new Set([202])]);
  const rows = (await world.events()).filter(({ body }) =>
    String(body["userId"]).startsWith("many-"),
  );
  expect(rows.length).toBe(3_000);
  expect(rows.every(({ state, profileId }) => state === "applied" && profileId !== null)).toBe(
    true,
  );
  expect(new Set(rows.map(({ profileId }) => profileId)).size).toBe(50);
});
