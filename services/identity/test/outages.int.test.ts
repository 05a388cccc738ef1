import { startServers, type LocalServers } from "@yubin/servers";
import { connectStore } from "@yubin/store";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

import { channelId, lineEvent, lineUser } from "./made-events.ts";
import { brokenPromises, channelRow, keepEvents } from "./people-world.ts";
import { startTestIdentity } from "./start-test-identity.ts";

let servers: LocalServers;
beforeAll(async () => {
  // Ours alone, whatever URLs the run was given: a server that other tests use must not be killed.
  servers = await startServers({
    env: { ...process.env, MONGODB_URL: undefined, REDIS_URL: undefined },
  });
});
afterAll(() => servers.stop());

const withDatabase = (url: string, name: string): string => url.replace(/\/(\?|$)/, `/${name}$1`);

it("loses nothing when MongoDB and Redis are killed in the middle and come back", async () => {
  const mongoUrl = withDatabase(servers.mongo.url, "outages");
  const count = 600;
  const events = Array.from({ length: count }, (_, n) => [
    lineEvent("follow", lineUser(n)),
    lineEvent("unfollow", lineUser(n)),
  ]).flat();
  const before = await connectStore({ url: mongoUrl });
  await before.channels.insertOne(channelRow(channelId));
  await keepEvents(before, events);
  await before.close();

  const { promise: midway, resolve } = Promise.withResolvers<void>();
  let steps = 0;
  await startTestIdentity(
    { MONGODB_URL: mongoUrl, REDIS_URL: servers.redis.url, APPLY_CONCURRENCY: "2" },
    () => {
      steps += 1;
      if (steps === 3) resolve();
    },
  );
  await midway;
  await servers.mongo.kill9();
  await servers.redis.kill9();
  await servers.redis.restart();
  await servers.mongo.restart();

  const store = await connectStore({ url: mongoUrl });
  try {
    await vi.waitFor(
      async () => expect(await store.events.countDocuments({ state: "applied" })).toBe(count * 2),
      { timeout: 110_000, interval: 500 },
    );
    expect(await store.profiles.countDocuments({})).toBe(count);
    expect(await store.profiles.countDocuments({ friendOf: channelId })).toBe(0);
    expect(await store.events.countDocuments({ tries: { $exists: true } })).toBe(0);
    expect(await brokenPromises(store)).toEqual([]);
  } finally {
    await store.close();
  }
}, 180_000);
