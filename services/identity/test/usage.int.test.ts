import { expect, it } from "vitest";

import { startTestIdentity } from "./start-test-identity.ts";
import { openPeopleWorld } from "./people-world.ts";
import { identify } from "./made-events.ts";
import { sweepUsage } from "../src/domain/sweep-usage.ts";
import { createDueSamples } from "../src/store/due-samples.ts";

it("counts the people of every workspace from the start on, without being asked", async () => {
  const { store, servers, keep, apply } = await openPeopleWorld();
  await store.workspaces.insertMany([
    { _id: "ws_main", name: "main", createdAt: new Date() },
    { _id: "ws_empty", name: "empty", createdAt: new Date() },
  ]);
  const events = [identify({ userId: "ann" }), identify({ anonymousId: "x" })];
  await keep(events);
  await apply(events);
  await startTestIdentity({
    MONGODB_URL: servers.mongoUrl,
    REDIS_URL: servers.redisUrl,
    QUEUE_PREFIX: servers.redisPrefix,
  });
  const counted = async () =>
    (await store.usage.find().sort({ _id: 1 }).toArray()).map(
      ({ workspaceId, identified, anonymous, totalPeak }) => [
        workspaceId,
        identified,
        anonymous,
        totalPeak,
      ],
    );
  await expect.poll(counted).toEqual([
    ["ws_empty", 0, 0, 0],
    ["ws_main", 1, 1, 2],
  ]);
});

it("does not count again what another replica has just counted, until the next month", async () => {
  const { store } = await openPeopleWorld();
  await store.workspaces.insertOne({ _id: "ws_main", name: "main", createdAt: new Date() });
  const sampled: string[] = [];
  const sweepAt = (at: string) =>
    sweepUsage(
      {
        findDue: createDueSamples(store),
        sample: async (workspaceId, now) => {
          sampled.push(now.toISOString());
          const month = now.toISOString().slice(0, 7);
          await store.usage.updateOne(
            { _id: `${workspaceId}/${month}`, workspaceId },
            { $set: { month, sampledAt: now } },
            { upsert: true },
          );
        },
        now: () => new Date(at),
      },
      new AbortController().signal,
    );
  const times = [
    "2026-11-30T23:50:00.000Z",
    "2026-11-30T23:55:00.000Z",
    "2026-12-01T00:00:00.000Z",
  ];
  await sweepAt(times[0] ?? "");
  await sweepAt("2026-11-30T23:52:00.000Z");
  await sweepAt(times[1] ?? "");
  await sweepAt("2026-11-30T23:58:00.000Z");
  await sweepAt(times[2] ?? "");
  expect(sampled).toEqual(times);
});
