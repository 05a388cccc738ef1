import { randomBytes } from "node:crypto";
import { CustomerIORequestError, IdentifierType, TrackClient } from "customerio-node";
import { afterAll, beforeAll, expect, it } from "vitest";

import { provider } from "../chaos/world.ts";
import { only, startTrackingWorld, type TrackingWorld } from "./tracking-world.ts";

let world: TrackingWorld;
let cio: TrackClient;
beforeAll(async () => {
  world = await startTrackingWorld();
  // Customer.io's own client as it comes, but for the address.
  cio = new TrackClient("a-site-id", world.stack.apiKey, { url: `${world.url}/api/v1` });
});
afterAll(() => world[Symbol.asyncDispose]());

const newLineUserId = (): string => `U${randomBytes(16).toString("hex")}`;
const eventsOf = async (userId: string) =>
  (await world.events()).filter(({ body }) => body["userId"] === userId);
const commands = async () =>
  (await world.events())
    .filter(({ source }) => source === "api")
    .map(({ type, body }) => ({ type, ...body }));

it("identifies people, and shows their LINE ID as line_id", async () => {
  const lineUserId = newLineUserId();
  expect(
    await cio.identify("cio/1 ü", {
      email: "cio@example.com",
      created_at: 1_767_323_045,
      first_name: "Bob",
      line_id: lineUserId,
    }),
  ).toEqual({});
  await world.events();
  expect(await world.profile("user:cio/1 ü")).toMatchObject({
    externalId: "cio/1 ü",
    traits: {
      email: "cio@example.com",
      created_at: 1_767_323_045,
      first_name: "Bob",
      line_id: lineUserId,
    },
    lineId: { [provider]: lineUserId },
    lineAccounts: [{ proof: { kind: "server_key" } }],
  });
  expect(await world.profile("email:cio@example.com")).toMatchObject({ externalId: "cio/1 ü" });
});

it("finds the follower behind a line_id, and opens nobody", async () => {
  const [follower = ""] = world.simulator.addPeople({ provider, count: 1 });
  world.simulator.follow(world.line.channelId, [follower]);
  await expect
    .poll(() => world.store.profiles.countDocuments({ "lineAccounts.lineUserId": follower }))
    .toBe(1);
  const before = await world.store.profiles.countDocuments({});
  await cio.identify(7, { line_id: follower, line_provider: provider });
  await world.events();
  expect(await world.store.profiles.countDocuments({})).toBe(before);
  expect(await world.profile(`line:${provider}:${follower}`)).toMatchObject({ externalId: "7" });
});

it("tracks events, page views and anonymous visitors", async () => {
  await cio.track("cio-2", { name: "ordered", data: { total: 5 }, timestamp: 1_767_323_045 });
  await world.events(); // a page view is told of those who are known, and makes nobody known
  await cio.trackPageView("cio-2", "/home");
  await cio.trackAnonymous("visitor-2", { name: "looked" });
  await cio.trackAnonymous("", { name: "invited", data: { recipient: "a@example.com" } });
  await cio.identify("cio-2", { anonymous_id: "visitor-3" });
  await cio.trackAnonymous("visitor-3", { name: "came back" });
  await world.events();
  const profile = await world.profile("user:cio-2");
  expect((await eventsOf("cio-2")).map(({ type, profileId }) => [type, profileId])).toEqual([
    ["track", profile.id],
    ["page", profile.id],
    ["identify", profile.id],
  ]);
  const rows = await world.events();
  const named = (name: string) => only(rows.filter(({ body }) => body["event"] === name));
  expect(named("ordered")).toMatchObject({
    occurredAt: new Date(1_767_323_045_000),
    body: { properties: { total: 5 } },
  });
  expect(named("looked").profileId).not.toBeNull();
  // Calls are applied in either order: what came before the visitor was known is told of a profile that is the person's by now.
  const visitor = await world.profile(named("came back").profileId ?? "");
  expect(visitor.id).toBe(profile.id);
  expect(named("invited")).toMatchObject({ profileId: null, reason: "nobody_named" });
});

it("asks for what is to be done to a person right after that person was told of", async () => {
  await cio.identify("cio-3", { email: "three@example.com" });
  await cio.suppress("cio-3");
  await cio.unsuppress("cio-3");
  await cio.identify("cio-4", {});
  await world.events();
  const { id: into } = await world.profile("user:cio-3");
  const { id: from } = await world.profile("user:cio-4");
  await cio.mergeCustomers(IdentifierType.Email, "three@example.com", IdentifierType.Id, "cio-4");
  await cio.identify("cio-5", {});
  await cio.destroy("cio-5");
  expect(await commands()).toEqual([
    { type: "suppress", profileId: into, suppressed: true, reason: "customer_io" },
    { type: "suppress", profileId: into, suppressed: false, reason: "customer_io" },
    { type: "merge", from, into },
    { type: "erase", profileId: expect.stringMatching(/^prof_/) },
  ]);
});

it("tells the client what was wrong, and is not asked again", async () => {
  const refused = await cio.identify("cio-6", { line_id: "U1" }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(CustomerIORequestError);
  expect(refused).toMatchObject({ statusCode: 400 });
  expect((refused as CustomerIORequestError).body).toContain('"identifier_invalid"');
  const nobody = await cio.suppress("cio-nobody").catch((error: unknown) => error);
  expect(nobody).toMatchObject({ statusCode: 404 });
  const stranger = new TrackClient("a-site-id", "wrong", { url: `${world.url}/api/v1` });
  expect(await stranger.identify("x", {}).catch((error: unknown) => error)).toMatchObject({
    statusCode: 401,
  });
});
