import { aliasKey, lineAlias } from "@yubin/types";
import { checkPeople, dump } from "@yubin/people-model";
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

const homeOf = async ({ store }: PeopleWorld, kind: "user" | "line", value: string) => {
  const alias = kind === "line" ? lineAlias("main", value) : ({ kind, value } as const);
  return (await store.aliases.findOne({ _id: aliasKey(workspaceId, alias) }))?.profileId ?? "";
};

const command = (type: string, body: InboxEvent["body"], eventId: string): InboxEvent =>
  identify({}, { id: `${workspaceId}/api/${eventId}`, source: "api", type, eventId, body });

const setRules = (world: PeopleWorld, rules: object): Promise<unknown> =>
  world.store.workspaces.updateOne({ _id: workspaceId }, { $set: rules }, { upsert: true });

const ids = full ? 500 : 20;
it(`makes ${ids} owners of 200 identifies each of one LINE ID at once`, async () => {
  const world = await openPeopleWorld();
  const calls = Array.from({ length: 200 }, () =>
    Array.from({ length: ids }, (_, n) =>
      identify({ userId: `u-${n}`, lineUserId: lineUser(n), traits: { plan: "pro" } }),
    ),
  ).flat();
  await world.keep(calls);
  const startedAt = performance.now();
  await applyInJobs(world, shuffled(calls, seeded(13)), { size: 100, workers: 8 });
  const seconds = (performance.now() - startedAt) / 1_000;
  process.stdout.write(
    `${calls.length} identifies of ${ids} LINE IDs in ${seconds.toFixed(1)} s\n`,
  );

  expect(await world.store.profiles.countDocuments({})).toBe(ids);
  expect(await world.store.aliases.countDocuments({})).toBe(2 * ids);
  expect(await world.store.events.countDocuments({ state: "applied", reason: null })).toBe(
    calls.length,
  );
  expect(await brokenIn(world)).toEqual([]);
});

it("ends merges of A into B and B into A, chains, circles and of oneself in one person", async () => {
  const world = await openPeopleWorld();
  const people = Array.from({ length: 8 }, (_, n) =>
    identify({ userId: `u-${n}`, traits: { [`of-${n}`]: n } }),
  );
  await world.keep(people);
  await world.apply(people);
  const homes = await Promise.all(people.map((_, n) => homeOf(world, "user", `u-${n}`)));
  const merges = homes.flatMap((from, n) => [
    command("merge", { from, into: homes[(n + 1) % 8] }, `next-${n}`),
    command("merge", { from, into: homes[(n + 7) % 8] }, `last-${n}`),
    command("merge", { from, into: from }, `self-${n}`),
  ]);
  await world.keep(merges);
  await Promise.all(shuffled(merges, seeded(15)).map((merge) => world.apply([merge])));
  await world.sweep();

  const live = await world.store.profiles.find({ mergedInto: null }).toArray();
  expect(live).toHaveLength(1);
  expect(live[0]?._id).toBe(homes.toSorted()[0]);
  expect(Object.keys(live[0]?.traits ?? {})).toHaveLength(8);
  expect(await world.store.merges.countDocuments({ state: "done" })).toBe(7);
  // A merge that somebody else brought to its end is the same to its own event when that comes to it.
  expect(await world.store.events.distinct("reason", { type: "merge" })).toEqual(
    expect.arrayContaining(["already_same"]),
  );
  expect(await world.store.events.countDocuments({ type: "merge", state: "applied" })).toBe(
    merges.length,
  );
  expect(await brokenIn(world)).toEqual([]);
});

const visits = full ? 10_000 : 500;
it(`holds back what ${visits} people who share one device would merge, and loses nothing`, async () => {
  const world = await openPeopleWorld();
  await setRules(world, { mergesPerHourMax: 20 });
  const people = Array.from({ length: visits }, (_, n) => lineEvent("follow", lineUser(n)));
  const calls = people.map((_, n) =>
    identify({ anonymousId: "kiosk", lineUserId: lineUser(n), traits: { [`of`]: n } }),
  );
  await world.keep([...people, ...calls]);
  await applyInJobs(world, people, { size: 250, workers: 4 });
  await applyInJobs(world, calls, { size: 50, workers: 4 });
  await world.sweep();

  const merges = await world.store.merges.countDocuments({ state: "done" });
  expect(merges).toBeGreaterThan(0);
  expect(merges).toBeLessThanOrEqual(20);
  const held = await world.store.events.countDocuments({ reason: "merge_pending" });
  expect(held + merges).toBeGreaterThanOrEqual(visits - 1);
  expect(await world.store.conflicts.countDocuments({ because: "merge_rate" })).toBe(held);
  expect(await world.store.events.countDocuments({ state: { $ne: "applied" } })).toBe(0);
  expect(await world.store.aliases.countDocuments({})).toBe(visits + 1);
  expect(await brokenIn(world)).toEqual([]);
});

it("keeps nothing of who was erased, also when everything is told again", async () => {
  const world = await openPeopleWorld();
  const secret = "S3CRET";
  const lineUserId = lineUser(0xabcdef123);
  const told = (copy: number): InboxEvent[] => {
    const more = (name: string) => ({ id: `${name}-${copy}`, eventId: `${name}-${copy}` });
    return [
      lineEvent("follow", lineUserId, more("follow")),
      lineEvent("message", lineUserId, {
        ...more("message"),
        body: { message: { id: `7${copy}`, text: `${secret} text` } },
      }),
      identify(
        {
          userId: `${secret}-user`,
          anonymousId: `${secret}-device`,
          lineUserId,
          traits: { email: `${secret.toLowerCase()}@example.com`, plan: `${secret} plan` },
        },
        more("identify"),
      ),
      identify({ userId: `${secret}-2`, lineUserId, traits: { b: `${secret} b` } }, more("other")),
    ];
  };
  const first = told(1);
  await world.keep(first);
  await world.apply(first);
  const into = await homeOf(world, "user", `${secret}-user`);
  const merge = command("merge", { from: await homeOf(world, "user", `${secret}-2`), into }, "m");
  await world.keep([merge]);
  await world.apply([merge]);
  const traces = async (): Promise<string[]> =>
    (await dump(world.store))
      .filter(({ text }) => text.toLowerCase().includes("s3cret") || text.includes(lineUserId))
      .map(({ name }) => name);
  expect((await traces()).length).toBeGreaterThan(8);

  const inFlight = told(2);
  await world.keep(inFlight);
  const erase = command("erase", { profileId: into }, "e");
  await world.keep([erase]);
  await world.apply([erase]);
  await world.apply(inFlight);
  const replayed = told(3);
  await world.keep(replayed);
  await world.apply(replayed);
  await world.sweep();
  await world.store.erasures.updateMany({ workspaceId }, { $set: { "parts.sender": new Date() } });
  await world.sweep(1_400_000);

  expect(await traces()).toEqual([]);
  expect(await world.store.aliases.countDocuments({})).toBe(0);
  expect(await world.store.events.countDocuments({ reason: "erased" })).toBe(8);
  expect(await world.store.profiles.countDocuments({ erasedAt: null })).toBe(0);
  expect(await world.store.events.countDocuments({})).toBe(14);
});

it("leaves no LINE account with somebody whose name for it moved while the account was being written", async () => {
  const world = await openPeopleWorld();
  const person = identify({ userId: "u-1" });
  await world.keep([person]);
  await world.apply([person]);
  const profileId = await homeOf(world, "user", "u-1");
  const linking = identify({ userId: "u-1", lineUserId: lineUser(1) });
  const unlink = command("unlink", { profileId, provider: "main", lineUserId: lineUser(1) }, "un");
  await world.keep([linking, unlink]);
  let isFirst = true;
  await world.apply([linking], {
    step: async (name) => {
      if (name !== "update" || !isFirst) return;
      isFirst = false;
      await world.apply([unlink]); // the name is there already, and the account is not
    },
  });
  expect(await brokenIn(world)).toEqual([]);
});

it("keeps no conflict about the LINE ID of who was erased, whoever held it when it was opened", async () => {
  const world = await openPeopleWorld();
  const lineUserId = lineUser(1);
  const told = [
    identify({ userId: "u-1", lineUserId }),
    identify({ userId: "u-2", lineUserId }), // in dispute from here on
  ];
  for (const event of told) {
    await world.keep([event]);
    await world.apply([event]);
  }
  const profileId = await homeOf(world, "user", "u-1");
  const unlink = command("unlink", { profileId, provider: "main", lineUserId }, "un");
  await world.keep([unlink]);
  await world.apply([unlink]);
  expect(await world.store.conflicts.countDocuments({ lineUserId })).toBe(1);
  const erase = command("erase", { profileId: await homeOf(world, "line", lineUserId) }, "e");
  await world.keep([erase]);
  await world.apply([erase]);
  expect(await world.store.conflicts.countDocuments({ lineUserId })).toBe(0);
});
