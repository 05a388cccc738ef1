import { createSealer } from "@yubin/kit";
import { createProducer } from "@yubin/queue";
import { createSimulator } from "@yubin/simulator";
import { applyEvents } from "@yubin/types";
import { expect, it, onTestFinished, vi } from "vitest";

import { lineEvent, workspaceId } from "./made-events.ts";
import { channelRow, openPeopleWorld } from "./people-world.ts";
import { secretKey, startTestIdentity } from "./start-test-identity.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A channel at the simulator, connected here, with people who follow it. */
const setup = async ({ stateless = false } = {}) => {
  const simulator = createSimulator({ seed: 7 });
  await simulator.start();
  onTestFinished(() => simulator.stop());
  const world = await openPeopleWorld();
  const line = simulator.addChannel({ provider: "main" });
  const id = "chan_names";
  const sealer = createSealer([{ id: "k1", key: secretKey }]);
  const seal = (text: string): string => sealer.seal(text, `${workspaceId}/${id}`);
  await world.store.channels.insertOne(
    channelRow(id, {
      lineChannelId: line.channelId,
      sealedToken: stateless ? null : seal(line.accessToken),
      secrets: [{ sealed: seal(line.channelSecret), validUntil: null }],
    }),
  );
  const { mongoUrl, redisUrl, redisPrefix } = world.servers;
  const env = {
    MONGODB_URL: mongoUrl,
    REDIS_URL: redisUrl,
    QUEUE_PREFIX: redisPrefix,
    LINE_API_BASE_URL: simulator.url,
  };
  const producer = createProducer({
    redisUrl,
    prefix: redisPrefix,
    deadlineMs: 5_000,
    log: silent,
  });
  onTestFinished(() => producer.close());
  await vi.waitFor(() => producer.ping(), 5_000);

  /** What LINE tells when people follow. */
  const follow = async (userIds: readonly string[]): Promise<void> => {
    const events = userIds.map((userId) => lineEvent("follow", userId, { channelId: id }));
    await world.keep(events);
    const eventIds = events.map((event) => event.id);
    await producer.enqueue(applyEvents, [{ v: 1, workspaceId, eventIds }]);
  };
  const accountOf = async (userId: string) => {
    const row = await world.store.profiles.findOne({ "lineAccounts.lineUserId": userId });
    return row?.lineAccounts[0];
  };
  const addFriends = (count: number): string[] => {
    const userIds = simulator.addPeople({ provider: "main", count });
    simulator.follow(line.channelId, userIds);
    return userIds;
  };
  return { simulator, world, line, env, addFriends, follow, accountOf };
};

const patience = { timeout: 30_000, interval: 100 };

it.each([{ stateless: false }, { stateless: true }])(
  "learns the names of those who follow ($stateless)",
  async (kind) => {
    const { simulator, env, addFriends, follow, accountOf } = await setup(kind);
    const userIds = addFriends(20);
    await startTestIdentity(env);
    await follow(userIds);
    for (const userId of userIds)
      await vi.waitFor(async () => {
        const shown = simulator.person("main", userId);
        expect(await accountOf(userId)).toMatchObject({
          displayName: shown?.displayName.normalize("NFC").trim(),
          fetchedAt: expect.any(Date),
        });
      }, patience);
  },
);

it("erases nothing when LINE does not say who somebody is any more", async () => {
  const { simulator, env, addFriends, follow, accountOf } = await setup();
  const [userId = ""] = addFriends(1);
  await startTestIdentity(env);
  await follow([userId]);
  await vi.waitFor(
    async () => expect((await accountOf(userId))?.displayName).toBeTruthy(),
    patience,
  );
  const named = await accountOf(userId);

  simulator.deleteAccount("main", userId);
  await follow([userId]);
  await vi.waitFor(async () => {
    const account = await accountOf(userId);
    expect(account?.fetchedAt?.getTime()).toBeGreaterThan(named?.fetchedAt?.getTime() ?? 0);
    expect(account?.displayName).toBe(named?.displayName);
  }, patience);
});

it("applies events all the same when LINE refuses the token, and buries nothing", async () => {
  const { simulator, world, line, env, addFriends, follow, accountOf } = await setup();
  const [userId = ""] = addFriends(1);
  simulator.revokeToken(line.accessToken);
  const identity = await startTestIdentity(env);
  await follow([userId]);
  await vi.waitFor(async () => {
    const metrics = await (await fetch(`${identity.opsUrl}/metrics`)).text();
    expect(metrics).toMatch(/yubin_identity_names_total\{[^}]*outcome="refused"[^}]*\} [1-9]/);
  }, patience);
  expect(await accountOf(userId)).toMatchObject({ displayName: null, fetchedAt: null });
  expect(await world.store.deadLetters.countDocuments({})).toBe(0);
  expect(identity.logged.join("\n")).not.toContain(line.accessToken);
});
