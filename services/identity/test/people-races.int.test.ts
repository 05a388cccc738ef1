import { aliasKey, lineAlias } from "@yubin/types";
import { checkPeople } from "@yubin/people-model";
import { expect, it } from "vitest";

import type { InboxEvent } from "../src/domain/inbox-event.ts";
import { identify, lineEvent, lineUser, workspaceId } from "./made-events.ts";
import {
  applyInJobs,
  openPeopleWorld,
  seeded,
  shuffled,
  type PeopleWorld,
} from "./people-world.ts";

const full = process.env["PEOPLE_FULL"] === "1";

const brokenIn = async ({ store }: PeopleWorld): Promise<readonly string[]> =>
  (await checkPeople(store, workspaceId, [])).broken;

const command = (type: string, body: InboxEvent["body"], eventId: string): InboxEvent =>
  identify({}, { id: `${workspaceId}/api/${eventId}`, source: "api", type, eventId, body });

const homeOf = async ({ store }: PeopleWorld, userId: string): Promise<string> => {
  const key = aliasKey(workspaceId, { kind: "user", value: userId });
  return (await store.aliases.findOne({ _id: key }))?.profileId ?? "";
};

const groups = full ? 200 : 20;
const inGroup = 5;
const wordsEach = 12;
it(`loses no word told of ${groups * inGroup} people while they become ${groups}`, async () => {
  const world = await openPeopleWorld();
  const members = Array.from({ length: groups * inGroup }, (_, n) => `u-${n}`);
  const people = members.map((userId) => identify({ userId }));
  await world.keep(people);
  await applyInJobs(world, people, { size: 100, workers: 1 });

  const words = members.flatMap((userId) =>
    Array.from({ length: wordsEach }, (_, n) =>
      identify({
        userId,
        traits: { [`${userId}-${n}`]: `told-${userId}-${n}`, newest: [userId, n].join() },
      }),
    ),
  );
  const merges = await Promise.all(
    members.flatMap(async (userId, n) =>
      n % inGroup === 0
        ? []
        : command(
            "merge",
            { from: await homeOf(world, userId), into: await homeOf(world, `u-${n - 1}`) },
            `merge-${n}`,
          ),
    ),
  );
  const all = shuffled([...words, ...merges.flat()], seeded(16));
  await world.keep(all);
  await applyInJobs(world, all, { size: 5, workers: 6 });
  await world.sweep();

  const live = await world.store.profiles.find({ mergedInto: null }).toArray();
  expect(live).toHaveLength(groups);
  for (const { externalIds = [], traits } of live) {
    expect(externalIds).toHaveLength(inGroup);
    const told = words.filter(({ body }) => externalIds.includes(String(body["userId"])));
    expect(traits).toEqual(Object.assign({}, ...told.map(({ body }) => body["traits"])));
  }
  expect(await world.store.events.countDocuments({ state: "applied" })).toBe(
    people.length + all.length,
  );
  expect(await brokenIn(world)).toEqual([]);
});

const races = full ? 1_000 : 100;
const newcomersOf = (n: number): string[] => [`a-${n}`, `b-${n}`];
const identifies = (userIds: readonly string[], n: number): InboxEvent[] =>
  userIds.map((userId) => identify({ userId, lineUserId: lineUser(n) }));

/** To be set before anything is applied, as rules are remembered for a while. */
const openWorldOfLastProof = async (): Promise<PeopleWorld> => {
  const world = await openPeopleWorld();
  const rules = { conflictPolicy: "last_proof_wins" as const };
  await world.store.workspaces.updateOne({ _id: workspaceId }, { $set: rules }, { upsert: true });
  return world;
};

/** A LINE ID of one person each, as a friend; and two others who claim it later, at the same time. */
const race = async (world: PeopleWorld): Promise<InboxEvent[][]> => {
  const each = Array.from({ length: races }, (_, n) => n);
  const holders = each.flatMap((n) => [
    ...identifies([`h-${n}`], n),
    lineEvent("follow", lineUser(n)),
  ]);
  const claims = each.map((n) => identifies(newcomersOf(n), n));
  await world.keep([...holders, ...claims.flat()]);
  await applyInJobs(world, holders, { size: 100, workers: 4 });
  const sides = [0, 1].map((side) => claims.flatMap((pair) => pair[side] ?? []));
  await Promise.all(sides.map((side) => applyInJobs(world, side, { size: 10, workers: 2 })));
  return claims;
};

const ownersOf = ({ store }: PeopleWorld, n: number) =>
  store.profiles.find({ "lineAccounts.lineUserId": lineUser(n), mergedInto: null }).toArray();

const lineIdOf = ({ store }: PeopleWorld, n: number) =>
  store.aliases.findOne({ _id: aliasKey(workspaceId, lineAlias("main", lineUser(n))) });

/** Why each had less than its whole effect, in the order of the events. */
const reasonsOf = async ({ store }: PeopleWorld, events: readonly InboxEvent[]) => {
  const ids = events.map(({ id }) => id);
  const rows = await store.events.find({ _id: { $in: ids } }).toArray();
  return ids.map((id) => rows.find(({ _id }) => _id === id)?.reason);
};

it(`gives a LINE ID that two newcomers claim at once to one of them, ${races} times`, async () => {
  const world = await openWorldOfLastProof();
  await race(world);

  expect(await brokenIn(world)).toEqual([]);
  for (let n = 0; n < races; n += 1) {
    const owners = await ownersOf(world, n);
    expect(owners).toHaveLength(1);
    expect(owners[0]?.externalIds).toEqual([`b-${n}`]); // the later proof
    expect(Object.keys(owners[0]?.lineAccounts[0]?.friendship ?? {})).toHaveLength(1);
    const alias = await lineIdOf(world, n);
    expect(alias?.movedFrom).toBeNull();
    // Whoever has it in the end took it by a move that its event tells of.
    const mover = await world.store.events.findOne({ _id: alias?.movedBy ?? "" });
    expect(mover).toMatchObject({ reason: "line_id_moved", profileId: owners[0]?._id });
  }
});

it(`tells how a LINE ID came to whoever has it when two claim it at once, and after an unlink, ${races} times`, async () => {
  const world = await openWorldOfLastProof();
  const people = Array.from({ length: races }, (_, n) => newcomersOf(n))
    .flat()
    .map((userId) => identify({ userId }));
  await world.keep(people);
  await applyInJobs(world, people, { size: 100, workers: 4 });
  const claims = await race(world);

  expect(await brokenIn(world)).toEqual([]);
  const unlinks: InboxEvent[] = [];
  for (let n = 0; n < races; n += 1) {
    const [holder, first, last] = await Promise.all(
      [`h-${n}`, ...newcomersOf(n)].map((userId) => homeOf(world, userId)),
    );
    expect((await ownersOf(world, n)).map(({ _id }) => _id)).toEqual([last]);
    const reasons = await reasonsOf(world, claims[n] ?? []);
    expect(reasons[1]).toBe("line_id_moved");
    const isByTwo = reasons[0] === "line_id_moved";
    expect(["line_id_moved", "proof_outdated"]).toContain(reasons[0]);
    expect(await lineIdOf(world, n)).toMatchObject({
      profileId: last,
      generation: isByTwo ? 2 : 1,
      formerHomes: isByTwo ? [holder, first] : [holder],
    });
    expect(await world.store.conflicts.findOne({ lineUserId: lineUser(n) })).toMatchObject({
      state: "resolved",
      resolvedBy: "last_proof_wins",
      resolvedTo: last,
      holderId: isByTwo ? first : holder,
    });
    const line = { provider: "main", lineUserId: lineUser(n) };
    unlinks.push(command("unlink", { profileId: last, ...line }, `unlink-${n}`));
  }
  const back = unlinks.flatMap((_, n) => identifies([`h-${n}`], n));
  await world.keep([...unlinks, ...back]);
  await applyInJobs(world, unlinks, { size: 10, workers: 4 });
  await applyInJobs(world, back, { size: 10, workers: 4 });
  for (let n = 0; n < races; n += 1)
    expect((await ownersOf(world, n)).map(({ externalId }) => externalId)).toEqual([`h-${n}`]);
  expect(await brokenIn(world)).toEqual([]);
});
