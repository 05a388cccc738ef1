import { createRenderer } from "@yubin/liquid";
import { recipientsOf, type CampaignRow } from "@yubin/store";
import { estimateCampaign as contract, type EstimateCounts, type LineMessage } from "@yubin/types";
import { afterAll, expect, it } from "vitest";

import { estimateCampaign, type EstimateDeps } from "../src/domain/estimate-campaign.ts";
import { createAudience } from "../src/store/audience.ts";
import { createChannels } from "../src/store/channels.ts";
import { createContacts } from "../src/store/contacts.ts";
import { createEstimates } from "../src/store/estimates.ts";
import { createFeeding } from "../src/store/feeding.ts";
import { createPeople } from "../src/store/people.ts";
import { createWorkspaceRules } from "../src/store/workspace-rules.ts";
import { countsOf, openWorld, until, workspaceId, type World } from "./open-world.ts";

const text = "[[m]] The shop opens at ten";
const renderer = createRenderer();
afterAll(() => renderer.close());

/** As ingress asks. */
const ask = async ({ store }: World, campaignId: string): Promise<void> => {
  const now = new Date();
  await store.estimates.insertOne({
    _id: campaignId,
    workspaceId,
    of: "of",
    run: "run",
    state: "counting",
    reason: null,
    looked: 0,
    total: null,
    counts: null,
    claim: null,
    nextAt: now,
    askedAt: now,
    endedAt: null,
    expireAt: new Date(now.getTime() + 3_600_000),
  });
};

/** Else the sweeper finds it some ten seconds later. */
const enqueue = ({ producer }: World, campaignId: string): Promise<void> =>
  producer.enqueue(contract, [{ v: 1, workspaceId, campaignId }]);

const counted = async (world: World, campaignId: string): Promise<EstimateCounts> => {
  const find = () => world.store.estimates.findOne({ _id: campaignId });
  await until(async () => (await find())?.state === "done", { what: "the estimate" });
  const row = await find();
  expect(row).toMatchObject({ claim: null, nextAt: null });
  if (!row?.counts) throw new Error("no counts");
  expectSum(row.counts);
  return row.counts;
};

const expectSum = (counts: EstimateCounts): void => {
  const { audience, quotaNeeded, quotaLeft: _l, quotaForecast: _f, sample: _s, ...rest } = counts;
  const { margin: _m, quotaShort: _q, ...parts } = rest;
  expect(Object.values(parts).reduce((sum, one) => sum + one, 0)).toBe(audience);
  expect(quotaNeeded).toBe(counts.reachable);
};

it.each(["friends", "filter", "refs", "list"] as const)(
  "an audience of %s is told before as it turns out to be when it is sent",
  async (type) => {
    await using world = await openWorld();
    const { store } = world;
    await world.addFriends(1_150);
    const ids = (await store.profiles.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id);
    const among = (from: number, to: number) => ({ _id: { $in: ids.slice(from, to) } });
    const pro = { traits: { plan: "pro" } };
    await store.profiles.updateMany(among(0, 900), { $set: pro });
    const suppression = { at: new Date(), reason: "asked" };
    await store.profiles.updateMany(among(10, 30), { $set: { suppression } });
    const blocked = await world.addProfile({ lineUserId: `U${"b".repeat(32)}`, state: "blocked" });
    const stranger = await world.addProfile({ externalId: "42" });
    const refs = [...ids, blocked, stranger, "user:42", ids[5] ?? "", "user:nobody", "nonsense"];
    const audience = {
      friends: { type: "friends" },
      filter: { type: "filter", where: { trait: "plan", is: "pro" } },
      refs: { type: "refs", refs },
      list: { type: "list" },
    } as const;
    const id = await world.launch({
      text,
      audience: audience[type],
      ...(type === "list" ? { list: refs.map((ref) => ({ ref })) } : {}),
      exclude: { refs: [ids[100] ?? "", ids[101] ?? ""] },
    });
    await ask(world, id);
    await enqueue(world, id);
    const estimate = await counted(world, id);
    await world.untilDone(id);

    const sent = (await countsOf(world, id)).counted;
    expect(estimate).toMatchObject({
      audience: sent.audience,
      reachable: sent.accepted,
      quotaNeeded: sent.accepted,
      suppressed: 20,
      excluded: 2,
      sample: false,
      margin: 0,
    });
    const isNamed = type === "refs" || type === "list";
    expect(estimate).toMatchObject(
      isNamed
        ? { blocked: 1, noLineId: 1, duplicates: 2, notFound: 2 }
        : { blocked: 0, noLineId: 0, duplicates: 0, notFound: 0 },
    );
  },
);

it("is found by the sweeper where its job was lost, and done by somebody else where one died", async () => {
  await using world = await openWorld();
  await world.addFriends(5);
  const id = await world.launch({ text });
  await ask(world, id);
  const past = new Date(Date.now() - 60_000);
  await world.store.estimates.updateOne(
    { _id: id },
    { $set: { nextAt: past, claim: { token: "dead", until: past } } },
  );
  expect(await counted(world, id)).toMatchObject({ audience: 5, reachable: 5 });
});

const depsOf = ({ store }: World, more: Partial<EstimateDeps> = {}): EstimateDeps => ({
  estimates: createEstimates(store),
  findCampaign: createFeeding(store).find,
  channels: createChannels(store),
  people: createPeople(store),
  contacts: createContacts(store),
  rulesOf: createWorkspaceRules(store),
  audience: createAudience(store),
  renderMessages: renderer.renderMessages,
  now: () => new Date(),
  random: Math.random,
  newToken: () => "token",
  exactMax: 1_000,
  ...more,
});
const calm = new AbortController().signal;

/** The same draws in every run: few pages are drawn, and now and then they would be far from the others by chance. */
const seeded = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

it.each(["friends", "list"] as const)(
  "counts a part of many %s, says so, and is right within its margin",
  async (type) => {
    await using world = await openWorld({ senders: 0 });
    const { store } = world;
    const people = 25_000;
    await world.addFriends(people);
    const ids = (await store.profiles.find().project<{ _id: string }>({ _id: 1 }).toArray()).map(
      ({ _id }) => _id,
    );
    // Pages of people differ: where all that are drawn had as many, there would be no margin.
    const some = ids.filter((_, at) => at % 500 < 60 + ((Math.floor(at / 500) * 7) % 23));
    const suppression = { at: new Date(), reason: "asked" };
    await store.profiles.updateMany({ _id: { $in: some } }, { $set: { suppression } });
    const id = await world.launch({
      text,
      ...(type === "list" ? { list: ids.map((ref) => ({ ref })) } : {}),
    });
    await ask(world, id);
    const ref = { workspaceId, campaignId: id };
    const deps = depsOf(world, { random: seeded(20_261_127) });
    expect(await estimateCampaign(deps, ref, calm)).toBe("done");
    const counts = await counted(world, id);
    expect(counts).toMatchObject({ audience: people, sample: true });
    expect(counts.margin).toBeGreaterThan(0);
    const reachable = people - some.length;
    // A margin is for nineteen of twenty; three times that is as good as always.
    expect(Math.abs(counts.reachable - reachable)).toBeLessThanOrEqual(3 * counts.margin + 50);
    expect(counts.margin).toBeLessThan(people / 10);
  },
  60_000,
);

it("ends without a word where it was asked anew or is counted by another, and lets go when told", async () => {
  await using world = await openWorld({ senders: 0 });
  await world.addFriends(1_100);
  const id = await world.launch({ text });
  const ref = { workspaceId, campaignId: id };
  await ask(world, id);
  let clock = Date.now();
  const slow = depsOf(world, { now: () => new Date((clock += 600)) });
  const anew: EstimateDeps = {
    ...slow,
    people: {
      find: async (...given) => {
        await world.store.estimates.updateOne({ _id: id }, { $set: { run: "other" } });
        return slow.people.find(...given);
      },
    },
  };
  expect(await estimateCampaign(anew, ref, calm)).toBe("obsolete");
  expect(await world.store.estimates.findOne({ _id: id })).toMatchObject({
    state: "counting",
    counts: null,
  });
  expect(await estimateCampaign(depsOf(world), ref, calm)).toBe("obsolete");

  clock += 60_000;
  expect(await estimateCampaign(slow, ref, AbortSignal.abort())).toBe("again");
  expect(await estimateCampaign(slow, ref, calm)).toBe("done");
  expect(await counted(world, id)).toMatchObject({ audience: 1_100, reachable: 1_100 });
  expect(await estimateCampaign(slow, { ...ref, campaignId: "camp_x" }, calm)).toBe("obsolete");
});

it("goes by the rules of sending: consent, caps, and the time until which it may be sent", async () => {
  await using world = await openWorld();
  const { store } = world;
  await world.addFriends(40);
  const ids = (await store.profiles.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id);
  const among = (from: number, to: number) => ({ _id: { $in: ids.slice(from, to) } });
  const withdrawn = { news: { granted: false, at: new Date(), source: "test" } };
  await store.profiles.updateMany(among(0, 3), { $set: { consents: withdrawn } });
  const before = await world.launch({ text, audience: { type: "refs", refs: ids.slice(2, 9) } });
  await world.untilDone(before);

  const asked = { sendBefore: null, cap: { messages: 1, days: 7 }, quietHours: "none" } as const;
  const id = await world.launch({ text: "[[n]] news", more: { purpose: "news", rules: asked } });
  await ask(world, id);
  await enqueue(world, id);
  await world.untilDone(id);
  const sent = (await countsOf(world, id)).counted;
  expect(await counted(world, id)).toMatchObject({
    audience: 40,
    reachable: sent.accepted,
    noConsent: 3,
    overCap: 6,
  });

  const late = await world.launch({
    text,
    more: { state: "paused", rules: { sendBefore: new Date(Date.now() - 1_000) } },
  });
  await ask(world, late);
  await enqueue(world, late);
  expect(await counted(world, late)).toMatchObject({ audience: 40, reachable: 0, expired: 40 });
}, 60_000);

/** What came of a campaign, by reason or outcome. */
const endsOf = async (world: World, campaignId: string): Promise<Record<string, number>> => {
  const rows = await world.batchesOf(campaignId);
  const ends: Record<string, number> = {};
  for (const { outcome, reason } of rows.flatMap(recipientsOf)) {
    const end = reason ?? outcome ?? "queued";
    ends[end] = (ends[end] ?? 0) + 1;
  }
  return ends;
};

const greeting = (path: string): LineMessage[] => [
  { type: "text", text: `[[w]] Hello {{ ${path} }}` },
];

it.each([
  {
    what: "a trait",
    more: { content: { messages: greeting("profile.traits.name"), missing: "skip" } },
    expected: { reachable: 30, missingAttribute: 10, renderFailed: 0 },
  },
  {
    what: "the data of a list",
    list: true,
    more: { content: { messages: greeting("data.code"), missing: "skip" } },
    expected: { reachable: 25, missingAttribute: 15, renderFailed: 0 },
  },
  {
    what: "words that LINE does not take",
    more: { content: { messages: greeting("profile.traits.essay") } },
    expected: { reachable: 38, missingAttribute: 0, renderFailed: 2 },
  },
] as const)(
  "leaves out who is not sent anything for $what, as sending does, also in their quiet hours",
  async ({ more, expected, ...rest }) => {
    await using world = await openWorld();
    const { store } = world;
    await world.addFriends(40);
    const ids = (await store.profiles.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id);
    const among = (from: number, to: number) => ({ _id: { $in: ids.slice(from, to) } });
    await store.profiles.updateMany(among(0, 30), { $set: { "traits.name": "Aiko" } });
    await store.profiles.updateMany(among(4, 6), { $set: { "traits.essay": "x".repeat(5_001) } });
    const list = ids.map((ref, at) => ({ ref, ...(at < 25 ? { data: { code: "x1" } } : {}) }));
    const id = await world.launch({
      text: "",
      personal: true,
      ...("list" in rest ? { list } : {}),
      more,
    });
    await ask(world, id);
    await enqueue(world, id);
    expect(await counted(world, id)).toMatchObject({ audience: 40, ...expected });
    await world.untilDone(id);
    const { accepted, missing_attribute = 0, rendered_too_long = 0 } = await endsOf(world, id);
    expect({ accepted, missing_attribute, rendered_too_long }).toEqual({
      accepted: expected.reachable,
      missing_attribute: expected.missingAttribute,
      rendered_too_long: expected.renderFailed,
    });

    const quiet = { quietHours: { from: "00:00", to: "23:59", zone: "UTC", do: "hold" as const } };
    const held = await world.launch({
      text: "",
      personal: true,
      ...("list" in rest ? { list } : {}),
      more: { ...more, state: "paused", rules: { sendBefore: null, ...quiet } },
    });
    await ask(world, held);
    await enqueue(world, held);
    expect(await counted(world, held)).toMatchObject({ audience: 40, ...expected });
  },
  60_000,
);

it("looks at the words of each variant, keeps no links, and takes whom there is no time for as reachable", async () => {
  await using world = await openWorld({ senders: 0 });
  await world.addFriends(60);
  const link = { type: "text", text: "[[l]] https://shop.example/ {{ profile.traits.name }}" };
  const variants = [
    { name: "a", weight: 1, messages: [link], missing: "skip", tracking: "person" },
    { name: "b", weight: 1, messages: [link], tracking: "person" },
  ];
  const content = { variants, controlPercent: 0 };
  const id = await world.launch({
    text: "",
    personal: true,
    more: { content } as unknown as Partial<CampaignRow>,
  });
  const ref = { workspaceId, campaignId: id };
  await ask(world, id);
  expect(await estimateCampaign(depsOf(world), ref, calm)).toBe("done");
  const counts = await counted(world, id);
  expect(counts.missingAttribute).toBeGreaterThan(10);
  expect(counts.missingAttribute + counts.reachable).toBe(60);
  expect(counts.reachable).toBeGreaterThan(10);
  expect(await world.store.clickLinks.countDocuments({})).toBe(0);

  await world.store.estimates.deleteOne({ _id: id });
  await ask(world, id);
  const busy = depsOf(world, {
    renderMessages: async ({ scopes }) => scopes.map(() => ({ later: true })),
  });
  expect(await estimateCampaign(busy, ref, calm)).toBe("done");
  expect(await counted(world, id)).toMatchObject({ reachable: 60, missingAttribute: 0 });
});
