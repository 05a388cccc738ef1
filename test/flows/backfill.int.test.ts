import type { BackfillView, ChannelMetrics, ProfileView } from "@yubin/types";
import { afterAll, beforeAll, expect, it } from "vitest";

import { provider, startWorld, type World } from "../chaos/world.ts";
import { until } from "../stack/until.ts";

const count = 3_000;
const leavers = 100;

let world: World;
let people: string[];
beforeAll(async () => {
  world = await startWorld({
    seed: 20_261_126,
    replicas: { ingress: 1, identity: 2, sender: 0 },
    simulator: { latencyMs: 100 },
  });
  const { simulator, line } = world;
  people = simulator.addPeople({ provider, count });
  simulator.updateChannel(line.channelId, { webhookActive: false });
  simulator.follow(line.channelId, people);
  simulator.updateChannel(line.channelId, { webhookActive: true });
});
afterAll(() => world[Symbol.asyncDispose]());

const start = async (body: { dryRun?: boolean } = {}): Promise<string> =>
  (await world.api.post<{ id: string }>(`/v1/channels/${world.channelId}/backfills`, body)).id;
const view = (id: string) => world.api.get<BackfillView>(`/v1/backfills/${id}`);
const ended = (id: string): Promise<BackfillView> =>
  until(
    async () => {
      const now = await view(id);
      return now.state === "running" ? undefined : now;
    },
    { what: "the backfill to end", timeoutMs: 180_000 },
  );
const metrics = () => world.api.get<ChannelMetrics>(`/v1/channels/${world.channelId}/metrics`);

it("counts in a dry run those who followed before, and writes nobody", async () => {
  expect(await ended(await start({ dryRun: true }))).toMatchObject({
    state: "done",
    found: count,
    created: count,
  });
  expect((await metrics()).people).toEqual({ following: 0, blocked: 0 });
});

it("brings them in while some leave, and every number is right", async () => {
  const { simulator, line, api } = world;
  const id = await start();
  const left = people.filter((_, at) => at % (count / leavers) === 0);
  // LINE lists some of them before they leave; their webhooks say so whenever they come.
  await until(async () => (await view(id)).pages > 0 || undefined, { what: "a page" });
  simulator.block(line.channelId, left);
  const end = await ended(id);
  await simulator.webhooks.settled({ timeoutMs: 60_000 });
  expect(end).toMatchObject({ state: "done", reason: null, action: null });
  expect(end.created + end.updated + end.unchanged).toBe(end.found);
  await until(async () => (await metrics()).people.blocked === leavers || undefined, {
    what: "those who left to be known",
  });
  expect((await metrics()).people).toEqual({ following: count - leavers, blocked: leavers });
  const found = await api.get<ProfileView>(`/v1/profiles/line:${provider}:${people[1]}`);
  expect(found.lineAccounts[0]).toMatchObject({
    proof: { kind: "followers_list" },
    friendship: { [world.channelId]: { state: "following", by: "backfill" } },
  });
});
