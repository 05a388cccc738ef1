import { recipientsOf, type ProfileRow } from "@yubin/store";
import { audienceFilter, type AudienceFilter } from "@yubin/types";
import { expect, it } from "vitest";

import { matchesFilter } from "../src/domain/matches-filter.ts";
import { filterQuery } from "../src/store/filter-query.ts";
import { walkPeople } from "../src/store/walk-people.ts";
import { countsOf, openWorld, workspaceId } from "./open-world.ts";

const now = new Date("2026-11-25T12:00:00Z");
const seed = Number(process.env["FILTER_SEED"] ?? 20_261_125);

/** A small generator of the same numbers each time (mulberry32). */
const createDraw = (from: number) => {
  let state = from;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const among = <const Values extends readonly unknown[]>(values: Values): Values[number] =>
    values[Math.floor(next() * values.length)];
  return { next, among, isTrue: (share: number) => next() < share };
};
type Draw = ReturnType<typeof createDraw>;

// What is alike but not equal: case, numbers as text, blank, signs that mean something, beyond 16 bits, lists, objects.
const scalars = [
  "pro",
  "Pro",
  "",
  "1",
  "a.*",
  "a.b",
  "^",
  "郵便",
  "\uffee",
  "😀",
  "null",
  0,
  1,
  1.5,
  -7,
  true,
  false,
  null,
] as const;
const keys = ["plan", "age", "0", "名前"] as const;
const channels = ["chan_a", "chan_b"] as const;

const randomTraits = (draw: Draw): Record<string, unknown> =>
  Object.fromEntries(
    keys
      .filter(() => draw.isTrue(0.7))
      .map((key): [string, unknown] => {
        const kind = draw.next();
        if (kind < 0.7) return [key, draw.among(scalars)];
        if (kind < 0.8) return [key, { plan: draw.among(scalars) }];
        if (kind < 0.9) return [key, [draw.among(scalars), draw.among(scalars)]];
        return [key, kind < 0.95 ? [] : [[draw.among(scalars)], { plan: "pro" }]];
      }),
  );

const randomTime = (draw: Draw): Date =>
  new Date(now.getTime() - Math.floor(draw.next() * 10) * 86_400_000);

const randomProfile = (draw: Draw, place: number): Partial<ProfileRow> => {
  const accounts = Array.from({ length: Math.floor(draw.next() * 3) }, (_, n) => ({
    provider: "acme",
    lineUserId: `U${String(2 * place + n).padStart(32, "0")}`,
    displayName: null,
    pictureUrl: null,
    language: null,
    fetchedAt: null,
    linkedAt: now,
    proof: { kind: "follow" as const, at: now },
    friendship: Object.fromEntries(
      channels
        .filter(() => draw.isTrue(0.6))
        .map((channel) => [
          channel,
          {
            state: draw.among(["following", "blocked"] as const),
            at: randomTime(draw),
            eventId: "e",
          },
        ]),
    ),
  }));
  const channelsIn = (state: string): string[] =>
    channels.filter((one) => accounts.some(({ friendship }) => friendship[one]?.state === state));
  return {
    externalId: draw.isTrue(0.5) ? String(place) : null,
    traits: randomTraits(draw),
    consents: draw.isTrue(0.6)
      ? { marketing: { granted: draw.isTrue(0.5), at: now, source: "test" } }
      : {},
    createdAt: randomTime(draw),
    lineAccounts: accounts,
    friendOf: channelsIn("following"),
    blockedOn: channelsIn("blocked"),
  };
};

const randomPeriod = (draw: Draw) => {
  const moment = () =>
    draw.isTrue(0.5) ? { daysAgo: Math.floor(draw.next() * 10) } : randomTime(draw).toISOString();
  const kind = draw.next();
  if (kind < 0.4) return { after: moment() };
  return kind < 0.8 ? { before: moment() } : { after: moment(), before: moment() };
};

const randomCondition = (draw: Draw): unknown => {
  const trait = draw.among(keys);
  const scalar = () => draw.among(scalars);
  const ordered = () => draw.among(["pro", "", "\uffee", "😀", 0, 1, 1.5, -7] as const);
  const kinds = [
    () => ({ trait, is: scalar() }),
    () => ({ trait, isNot: scalar() }),
    () => ({ trait, in: [scalar(), scalar(), scalar()] }),
    () => ({ trait, [draw.among(["gt", "gte", "lt", "lte"] as const)]: ordered() }),
    () => ({ trait, gte: ordered(), lte: ordered() }),
    () => ({ trait, exists: draw.isTrue(0.5) }),
    () => ({ trait, startsWith: draw.among(["a.", "p", "^", "郵", "😀", "a.*"] as const) }),
    () => ({ consent: "marketing", is: draw.among(["given", "withdrawn", "unknown"] as const) }),
    () => ({
      friendship: draw.among(["following", "blocked", "none"] as const),
      ...(draw.isTrue(0.5) ? { channelId: "chan_b" } : {}),
    }),
    () => ({ externalId: { exists: draw.isTrue(0.5) } }),
    () => ({ createdAt: randomPeriod(draw) }),
    () => ({ lastFollow: randomPeriod(draw) }),
  ] as const;
  return draw.among(kinds)();
};

const randomFilter = (draw: Draw, levels = 4): unknown => {
  const kind = draw.next();
  if (levels === 0 || kind < 0.4) return randomCondition(draw);
  if (kind < 0.55) return { not: randomFilter(draw, levels - 1) };
  const items = Array.from({ length: 1 + Math.floor(draw.next() * 3) }, () =>
    randomFilter(draw, levels - 1),
  );
  return kind < 0.8 ? { all: items } : { any: items };
};

it("mean the same people to the store and to the pure predicate", async () => {
  await using world = await openWorld({ senders: 0 });
  const draw = createDraw(seed);
  for (let count = 0; count < 300; count += 1) await world.addProfile(randomProfile(draw, count));
  const profiles = await world.store.profiles.find().toArray();
  const scope = { channelId: "chan_a", now };
  let meant = 0;
  const filters = 600;
  for (let count = 0; count < filters; count += 1) {
    const filter: AudienceFilter = audienceFilter.parse(randomFilter(draw));
    const found = await world.store.profiles
      .find({ workspaceId, ...filterQuery(filter, scope) })
      .project<{ _id: string }>({ _id: 1 })
      .toArray();
    const expected = profiles.filter((row) => matchesFilter(filter, row, scope));
    expect(
      found.map(({ _id }) => _id).sort(),
      `seed ${seed}, filter ${JSON.stringify(filter)}`,
    ).toEqual(expected.map(({ _id }) => _id).sort());
    meant += expected.length;
  }
  // Neither everybody nor nobody: the filters tell people apart.
  expect(meant / filters / profiles.length).toBeGreaterThan(0.2);
  expect(meant / filters / profiles.length).toBeLessThan(0.8);
}, 120_000);

it("are walked window by window, from any place on, and nobody is passed over", async () => {
  await using world = await openWorld({ senders: 0 });
  await world.addFriends(50);
  const all = await world.store.profiles.find().sort({ _id: 1 }).toArray();
  const ids = all.map(({ _id }) => _id);
  const chosen = ids.filter((_, at) => at % 3 === 0 && (at < 20 || at > 41));
  await world.store.profiles.updateMany({ _id: { $in: chosen } }, { $set: { traits: { a: 1 } } });
  const campaign = {
    workspaceId,
    channelId: world.channelId,
    audience: { type: "filter" as const, where: { trait: "a", is: 1 } },
    launchedAt: null,
    startsAt: null,
  };
  for (const window of [1, 7, 50, 51])
    for (const cursor of [null, ids[9] ?? null, ids[49] ?? null]) {
      await using walk = walkPeople(world.store, campaign, cursor, window);
      const found = [...(await walk.next(4)), ...(await walk.next(100)), ...(await walk.next(1))];
      expect(found).toEqual(chosen.filter((id) => id > (cursor ?? "")));
    }
});

it.each(["push", "multicast"] as const)(
  "a %s goes to those whom its filter means",
  async (method) => {
    await using world = await openWorld({ senders: 2 });
    const people = await world.addFriends(1_200);
    const chosen = new Set(people.filter((_, at) => at % 3 === 0));
    await world.store.profiles.updateMany(
      { "lineAccounts.lineUserId": { $in: [...chosen] } },
      { $set: { traits: { plan: "pro" } } },
    );
    const [blocker = ""] = world.simulator.addPeople({ provider: "acme", count: 1 });
    await world.addProfile({ lineUserId: blocker, state: "blocked", traits: { plan: "pro" } });
    const id = await world.launch({
      text: method === "push" ? "[[m]] {{ profile.displayName }}" : "[[m]] The shop opens at ten",
      audience: { type: "filter", where: { trait: "plan", is: "pro" } },
    });
    await world.untilDone(id);

    expect(world.simulator.ledger.recipients("m")).toEqual(
      new Map([...chosen].map((one) => [one, 1])),
    );
    const { counted, recounted } = await countsOf(world, id);
    expect(counted).toEqual(recounted);
    expect(counted).toMatchObject({ audience: chosen.size, accepted: chosen.size });
    const planned = (await world.batchesOf(id)).flatMap((row) => recipientsOf(row));
    const ids = planned.map(({ profileId }) => profileId);
    expect(ids.every((one, at) => at === 0 || (ids[at - 1] ?? "") < (one ?? ""))).toBe(true);
  },
);
