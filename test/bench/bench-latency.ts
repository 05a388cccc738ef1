import { createHash, randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

import { createSendProducer } from "@yubin/client";
import { newId } from "@yubin/types";

import { createApi } from "../stack/api.ts";
import { until } from "../stack/until.ts";
import { addFriends, friend } from "./add-friends.ts";
import type { BenchOptions, BenchResult } from "./bench-result.ts";
import { startBenchWorld, type BenchWorld } from "./bench-world.ts";

const peopleDefault = 200_000;
const pushesPerSecond = 2_000;
const oneOffs = 100;
const oneOffEveryMs = 200;
const backlog = 20_000;
const friendsOfB = 100;

/** How long single messages take while a campaign to many runs, and those of a tenant while another has a backlog. */
export const benchLatency = async ({
  people = peopleDefault,
  log,
  profileDir,
}: BenchOptions): Promise<BenchResult> => {
  await using world = await startBenchWorld(
    { log, profileDir },
    { identity: 0, sender: 2 },
    { perSecond: pushesPerSecond },
  );
  await addFriends(world, people);
  const friends = await friendsOf(world, world.channelId, backlog);
  log(`${people} friends`);
  const other = await otherTenant(world);

  const campaign = await launch(world);
  await until(async () => (await acceptedBy(world)) > 1_000 || undefined, {
    what: "the campaign to be under way",
    timeoutMs: 120_000,
    everyMs: 500,
  });
  log("the campaign is under way");
  const beside = await oneOffsBeside(world, friends.slice(-oneOffs));
  const ofB = await hundredOf(world, other, "campaign");
  const isUnderWay = (await stateOf(world, campaign)) !== "done";

  log(`${backlog} single messages of the first tenant`);
  await enqueue(world, world.workspaceId, {
    to: friends,
    channelId: world.channelId,
    run: "backlog",
  });
  const ofBBehind = await hundredOf(world, other, "messages");
  const left = await world.store.batches.countDocuments({
    workspaceId: world.workspaceId,
    campaignId: null,
    state: "open",
  });

  return {
    name: "latency",
    server: world.server,
    figures: {
      [`one-off beside ${people} people, p50`]: seconds(beside, 0.5),
      [`one-off beside ${people} people, p95 (goal < 1 s)`]: seconds(beside, 0.95),
      "was the campaign under way to the end": String(isUnderWay),
      "another tenant's 100 beside the campaign, p99 (goal < 5 s)": seconds(ofB, 0.99),
      [`another tenant's 100 behind ${backlog} single messages, p99 (goal < 5 s)`]: seconds(
        ofBBehind,
        0.99,
      ),
      "single messages of the first tenant still waiting then": left,
    },
  };
};

const launch = async ({ api, channelId }: BenchWorld): Promise<string> => {
  const { id } = await api.post<{ id: string }>("/v1/campaigns", {
    name: "latency",
    channelId,
    audience: { type: "friends" },
    content: { messages: [{ type: "text", text: "[[bulk]] {{ profile.displayName }}" }] },
  });
  await api.post(`/v1/campaigns/${id}/launch`);
  return id;
};

const acceptedBy = async ({ levers, line }: BenchWorld): Promise<number> =>
  (await levers.ledger(line.channelId)).accepted;

const stateOf = async ({ store }: BenchWorld, id: string): Promise<string | undefined> =>
  (await store.campaigns.findOne({ _id: id }, { projection: { state: 1 } }))?.state;

/** Asked for by HTTP, one after the other; from the request to LINE's acceptance, in milliseconds. */
const oneOffsBeside = async (world: BenchWorld, people: readonly string[]): Promise<number[]> => {
  const asked: Asked[] = [];
  for (const to of people) {
    const at = Date.now();
    const { id } = await world.api.post<{ id: string }>("/v1/messages", {
      to,
      channelId: world.channelId,
      messages: [{ type: "text", text: "[[one-off]] your code is 123456" }],
    });
    asked.push({ id, at });
    await pause(Math.max(0, oneOffEveryMs - (Date.now() - at)));
  }
  return settledAfter(world, asked);
};

const friendsOf = async (
  { store, workspaceId }: BenchWorld,
  channelId: string,
  count: number,
): Promise<string[]> => {
  const rows = store.profiles
    .find({ workspaceId, friendOf: channelId })
    .project<{ _id: string }>({ _id: 1 });
  return (await rows.limit(count).toArray()).map(({ _id }) => _id);
};

interface Asked {
  readonly id: string;
  readonly at: number;
}

const settledAfter = async ({ store }: BenchWorld, asked: readonly Asked[]): Promise<number[]> => {
  const askedAt = new Map(asked.map(({ id, at }) => [id, at]));
  const rows = await until(
    async () => {
      const found = await store.batches
        .find({ _id: { $in: [...askedAt.keys()] }, state: "settled" })
        .toArray();
      return found.length === asked.length ? found : undefined;
    },
    { what: "all single messages", timeoutMs: 300_000, everyMs: 500 },
  );
  return rows.map(({ _id, recipients, counts }) => {
    if (counts.accepted !== 1) throw new Error(`${_id} was not accepted`);
    return Number(recipients[0]?.settledAt) - (askedAt.get(_id) ?? 0);
  });
};

interface Tenant {
  readonly workspaceId: string;
  readonly channelId: string;
  readonly people: readonly string[];
}

/** With a channel and friends of its own, on the same servers. */
const otherTenant = async (world: BenchWorld): Promise<Tenant> => {
  const workspaceId = "ws_other";
  const key = `yb_live_${randomBytes(32).toString("base64url")}`;
  await world.store.apiKeys.insertOne({
    _id: createHash("sha256").update(key).digest("hex"),
    keyId: newId("key"),
    workspaceId,
    prefix: key.slice(0, 12),
    scopes: ["admin", "send", "read", "track"],
    createdAt: new Date(),
    expiresAt: null,
    revokedAt: null,
  });
  const rate = { limit: pushesPerSecond, perMs: 1_000 };
  const line = await world.levers.addChannel({ provider: otherProvider, rates: { push: rate } });
  const api = createApi(world.stack.ingressUrls[0] ?? "", key);
  const { id } = await api.post<{ id: string }>("/v1/channels", {
    channelAccessToken: line.accessToken,
    channelId: line.channelId,
    channelSecret: line.channelSecret,
    provider: otherProvider,
  });
  await world.levers.addPeople(otherProvider, friendsOfB);
  await world.levers.silence(line.channelId);
  await world.levers.follow(line.channelId, 0, friendsOfB);
  const userIds = await world.levers.userIds(otherProvider, 0, friendsOfB);
  const rows = userIds.map((one) =>
    friend({ workspaceId, channelId: id, provider: otherProvider }, one),
  );
  await world.store.profiles.insertMany(rows, { ordered: false });
  return { workspaceId, channelId: id, people: rows.map(({ _id }) => _id) };
};

const otherProvider = "other";

/** A hundred messages of the other tenant, put on the queue at once. */
const hundredOf = async (
  world: BenchWorld,
  { workspaceId, channelId, people }: Tenant,
  run: string,
): Promise<number[]> => {
  const at = Date.now();
  await enqueue(world, workspaceId, { to: people, channelId, run });
  const rows = await until(
    async () => {
      const found = await world.store.batches
        .find({ workspaceId, campaignId: null, createdAt: { $gte: new Date(at) } })
        .project<{ _id: string }>({ _id: 1 })
        .toArray();
      return found.length === people.length ? found : undefined;
    },
    { what: "the other tenant's messages", timeoutMs: 300_000, everyMs: 500 },
  );
  return settledAfter(
    world,
    rows.map(({ _id }) => ({ id: _id, at })),
  );
};

const enqueue = async (
  { redisUrl }: BenchWorld,
  workspaceId: string,
  {
    to,
    channelId,
    run,
  }: { readonly to: readonly string[]; readonly channelId: string; readonly run: string },
): Promise<void> => {
  const producer = createSendProducer({ redisUrl, workspaceId, timeoutMs: 60_000 });
  const lanes = Array.from({ length: 64 }, async (_, lane) => {
    for (let place = lane; place < to.length; place += 64) {
      const one = to[place] ?? "";
      const messages = [{ type: "text", text: `[[${run}]] hello` }] as const;
      await producer.send(
        { to: one, channelId, messages: [...messages] },
        { idempotencyKey: `${run}/${one}` },
      );
    }
  });
  await Promise.all(lanes);
  await producer.close();
};

const seconds = (times: readonly number[], quantile: number): string => {
  const sorted = times.toSorted((one, other) => one - other);
  const at = Math.min(sorted.length - 1, Math.ceil(sorted.length * quantile) - 1);
  return `${((sorted[at] ?? Number.NaN) / 1_000).toFixed(2)} s`;
};
