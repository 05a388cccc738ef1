import { isDeepStrictEqual } from "node:util";

import { newMessageBatch, type CampaignRow } from "@yubin/store";
import { newId } from "@yubin/types";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import type { Allowance } from "../src/domain/allowance.ts";
import type { Campaign, Channel } from "../src/domain/ports.ts";
import type { Grant, QuotaDeps } from "../src/domain/quota-deps.ts";
import { createAllowances } from "../src/store/allowances.ts";
import { createChannels } from "../src/store/channels.ts";
import { toCampaign } from "../src/store/feeding.ts";
import { createPlans } from "../src/store/plans.ts";
import { createQuotas } from "../src/store/quotas.ts";
import { openWorld, workspaceId, type World } from "./open-world.ts";

interface Asker {
  readonly campaign: Campaign;
  readonly channel: Channel;
}
type Call = (asker: Asker) => Promise<unknown>;
/** A function that a store gains must be named here. */
type Calls<Functions> = { readonly [Name in keyof Functions]: Call };

const now = new Date();
const later = new Date(now.getTime() + 3_600_000);
let world: World;
let ours: Asker;
beforeAll(async () => {
  world = await openWorld({ senders: 0 });
});
afterAll(() => world[Symbol.asyncDispose]());

const allowance: Allowance = {
  run: 1,
  choice: "hold",
  people: 9,
  needed: 9,
  left: 9,
  at: now,
  through: 1,
  room: null,
  trims: false,
};
const grantOf = (campaignId: string): Grant => ({
  campaignId,
  run: 1,
  choice: "hold",
  people: 9,
  isFull: false,
  needed: 9,
  left: 9,
  at: now,
});

/** A campaign with a batch that is claimed and has an open call, a grant, and a message that waits. */
beforeEach(async () => {
  const { store, channelId } = world;
  for (const rows of [store.campaigns, store.batches, store.channelQuotas])
    await (rows as typeof store.batches).deleteMany();
  const id = await world.launch({ text: "hello" });
  const row = await setCampaign(id, { state: "sending", fedBatches: 1, plannedBatches: 1 });
  const channel = await createChannels(store).find(workspaceId, channelId);
  if (!channel) throw new Error("no channel");
  ours = { campaign: { ...toCampaign(row), allowance }, channel };
  const batch = { seq: 0, recipients: [{ profileId: "p" }], cursor: null, endOfPlan: false };
  await createPlans(store).insert(ours.campaign, batch, now);
  const call = { path: "0", members: [0, 0], method: "multicast" as const, body: "", retryKey: "" };
  const tried = { attempts: 1, firstAttemptAt: now, nextAt: now };
  const claim = { token: "token", until: now };
  await store.batches.updateMany({}, { $set: { claim, calls: [{ ...call, ...tried }] } });
  await store.batches.insertOne(
    newMessageBatch(
      { to: "p", channelId, messages: [{ type: "text", text: "hello" }] },
      { workspaceId, idempotencyKey: undefined, newId: () => newId("msg"), now },
    ),
  );
  await store.channelQuotas.insertOne({
    _id: channelId,
    workspaceId,
    limit: 100,
    used: 0,
    fetchedAt: now,
    grants: [grantOf(id)],
    grantsVersion: 1,
  });
});

const setCampaign = async (id: string, set: Partial<CampaignRow>): Promise<CampaignRow> => {
  await world.store.campaigns.updateOne({ _id: id }, { $set: set });
  return world.campaign(id);
};

const quotas: Calls<QuotaDeps["quotas"]> = {
  progress: async ({ campaign }) =>
    (await createQuotas(world.store).progress(campaign)).open.length > 0,
  isHeld: ({ campaign }) => createQuotas(world.store).isHeld(campaign),
  grants: async ({ channel }) => (await createQuotas(world.store).grants(channel)).grants,
  messagesWaiting: ({ channel }) => createQuotas(world.store).messagesWaiting(channel, now),
  setGrants: ({ channel }) => createQuotas(world.store).setGrants(channel, 1, []),
  wakeCalls: ({ campaign }) => createQuotas(world.store).wakeCalls(campaign, now),
};
const allowances: Calls<QuotaDeps["allowances"]> = {
  allow: ({ campaign }) => createAllowances(world.store).allow(campaign, allowance, 0),
  stopShort: ({ campaign }) => createAllowances(world.store).stopShort(campaign, allowance),
  extend: ({ campaign }) =>
    createAllowances(world.store).extend(campaign, { through: 2, room: null }),
  raise: ({ campaign }) => createAllowances(world.store).raise(campaign, 10),
  trimRest: ({ campaign }) => createAllowances(world.store).trimRest(campaign),
  pause: ({ campaign }) => createAllowances(world.store).pause(campaign, later),
  goOn: ({ campaign }) => createAllowances(world.store).goOn(campaign, now),
  // Of another workspace's it is not known since when, and nothing is noted.
  noteUnknown: async ({ campaign }) =>
    (await createAllowances(world.store).noteUnknown(campaign, later)) < later,
};
/** In which state of the campaign they do something. */
const states: Record<string, Partial<CampaignRow>> = {
  extend: { allowance },
  raise: { allowance },
  trimRest: { allowance },
  pause: { allowance },
  goOn: { state: "paused", stateReason: "quota" },
  noteUnknown: { quotaUnknown: { run: 1, since: now } },
};

const rowsOf = ({ store }: World) =>
  Promise.all([
    store.campaigns.find().toArray(),
    store.batches.find().sort({ _id: 1 }).toArray(),
    store.channelQuotas.find().toArray(),
  ]);

/** Whether it gave anything back, or changed a row. */
const didAnything = async (call: Call, asker: Asker): Promise<boolean> => {
  const before = await rowsOf(world);
  const result = await call(asker);
  const isNothing = Array.isArray(result) ? result.length === 0 : !result;
  return !isNothing || !isDeepStrictEqual(before, await rowsOf(world));
};

it.each(Object.entries<Call>({ ...quotas, ...allowances }))(
  "%s finds and changes nothing of another workspace",
  async (name, call) => {
    await setCampaign(ours.campaign.id, states[name] ?? { allowance: null });
    const other = "ws_other";
    const theirs: Asker = {
      campaign: { ...ours.campaign, workspaceId: other },
      channel: { ...ours.channel, workspaceId: other },
    };
    expect(await didAnything(call, theirs)).toBe(false);
    expect(await didAnything(call, ours)).toBe(true);
  },
);

it.each(Object.entries<Call>({ ...allowances }).filter(([name]) => name !== "noteUnknown"))(
  "%s changes nothing once the campaign was resumed, paused by word or cancelled",
  async (name, call) => {
    const changes = [
      { run: 2 },
      { state: "cancelled", stateReason: "operator" },
      { state: "paused", stateReason: "operator" },
      { state: "done", stateReason: null },
    ] as const;
    for (const change of changes) {
      await setCampaign(ours.campaign.id, { ...states[name], run: 1, ...change });
      expect(await didAnything(call, ours)).toBe(false);
    }
  },
);
