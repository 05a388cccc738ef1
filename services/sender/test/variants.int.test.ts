import { recipientsOf, type RecipientRow } from "@yubin/store";
import { advanceCampaign, assignVariant, estimateCampaign } from "@yubin/types";
import { describe, expect, it } from "vitest";

import { createLineBetween } from "./line-between.ts";
import { countsOf, openWorld, until, workspaceId, type World } from "./open-world.ts";
import { startSenderProcess } from "./sender-process.ts";

const contentOf = (words: string) => ({
  variants: ["A", "B", "C"].map((name, at) => ({
    name,
    weight: at + 1,
    messages: [{ type: "text" as const, text: `[[${name}]] ${words}` }],
  })),
  controlPercent: 20,
});
const contents = {
  push: contentOf("{{ profile.displayName }}"),
  multicast: contentOf("the shop opens at ten"),
};
const methods = ["push", "multicast"] as const;
type Method = (typeof methods)[number];

/** A campaign of three variants, where one in five gets nothing. */
const launch = (
  world: World,
  method: Method,
  { more = {}, ...asked }: Partial<Parameters<World["launch"]>[0]> = {},
) =>
  world.launch({
    text: "",
    personal: method === "push",
    ...asked,
    more: { content: contents[method], ...more },
  });

const rowsOf = async (world: World, id: string): Promise<RecipientRow[]> =>
  (await world.batchesOf(id)).flatMap((row) => recipientsOf(row));

/** By LINE ID, which words LINE has accepted for them. */
const receivedIn = ({ simulator }: World): Map<string, string[]> => {
  const received = new Map<string, string[]>();
  for (const name of ["A", "B", "C"])
    for (const [lineUserId, times] of simulator.ledger.recipients(name))
      received.set(lineUserId, [
        ...(received.get(lineUserId) ?? []),
        ...Array.from({ length: times }, () => name),
      ]);
  return received;
};

/** Every number, of the whole and of each variant, counted from the recipients alone. */
const expectCounted = async (world: World, id: string): Promise<void> => {
  const { counted, recounted } = await countsOf(world, id);
  expect(counted).toEqual(recounted);
  const keyOf = ({ variant, outcome, reason = "" }: RecipientRow): string =>
    [variant, outcome ?? "queued", reason].join(" ");
  const found: Record<string, number> = {};
  const told: Record<string, number> = {};
  const add = (to: Record<string, number>, key: string, count: number): void => {
    to[key] = (to[key] ?? 0) + count;
  };
  for (const batch of await world.batchesOf(id)) {
    for (const row of recipientsOf(batch)) add(found, keyOf(row), 1);
    for (const { variant, outcome, reason, count } of batch.variantCounts ?? [])
      add(told, [variant, outcome, reason ?? ""].join(" "), count);
  }
  expect(told).toEqual(found);
};

/** Each person has the words of their variant once, whoever is to be compared with them has none, and all is counted. */
const expectTheirWords = async (world: World, id: string, people: number): Promise<void> => {
  const lineUserIds = new Map(
    (await world.store.profiles.find().toArray()).map((row) => [
      row._id,
      row.lineAccounts[0]?.lineUserId ?? "",
    ]),
  );
  const received = receivedIn(world);
  const persons = (await rowsOf(world, id)).filter(({ variant }) => variant !== "unassigned");
  expect(new Set(persons.map(({ profileId }) => profileId)).size).toBe(people);
  expect(persons).toHaveLength(people);
  for (const { profileId = "", variant, outcome, reason } of persons) {
    const drawn = assignVariant({ campaignId: id, ...contents.push }, profileId);
    expect(variant).toBe(drawn);
    const isControl = drawn === "control";
    expect(reason ?? outcome).toBe(isControl ? "control_group" : "accepted");
    const words = received.get(lineUserIds.get(profileId) ?? "");
    expect(words).toEqual(isControl ? undefined : [drawn]);
  }
  expect(new Set(persons.map(({ variant }) => variant)).size).toBe(4);
  expect(world.simulator.ledger.summary()).toMatchObject({ duplicates: 0, sameKeyOtherBody: 0 });
  await expectCounted(world, id);
};

const startHeir = (world: World) => world.startSender({ now: () => new Date(Date.now() + 60_000) });

describe("senders that are killed", () => {
  it.concurrent.each([
    ["push", "list"],
    ["multicast", "friends"],
  ] as const)(
    "while they plan and send by %s to %s leave each person their variant",
    async (method, audience) => {
      await using world = await openWorld({ senders: 0 });
      const count = method === "push" ? 900 : 2_100;
      await world.addFriends(count);
      const profiles = await world.store.profiles.find().toArray();
      const rows = profiles.map(({ _id }) => ({ ref: _id, data: { seat: 1 } }));
      const named = [...rows, ...rows.slice(0, 20), { ref: "user:nobody" }, { ref: "nonsense" }];
      const id = await launch(world, method, audience === "list" ? { list: named } : {});
      for (const step of ["plan", "planned", "frozen", "sent"]) {
        await world.producer.enqueue(advanceCampaign, [{ v: 1, workspaceId, campaignId: id }]);
        await using doomed = await startSenderProcess(world, { step, signal: "SIGKILL" });
        await Promise.race([doomed.ended, until(() => isDone(world, id), { what: "its death" })]);
      }
      await startHeir(world);
      await world.untilDone(id, 120_000);
      await expectTheirWords(world, id, count);
      const rest = (await rowsOf(world, id)).filter(({ variant }) => variant === "unassigned");
      const reasons = Object.groupBy(rest, ({ reason = "" }) => reason);
      expect([reasons["duplicate"]?.length, reasons["not_found"]?.length]).toEqual(
        audience === "list" ? [20, 1] : [undefined, undefined],
      );
    },
    180_000,
  );
});

const isDone = async (world: World, id: string): Promise<boolean> =>
  (await world.campaign(id)).state === "done";

it.concurrent.each(methods)(
  "a campaign by %s that is paused and resumed while LINE is unreliable keeps everybody's variant",
  async (method) => {
    await using world = await openWorld({
      senders: 2,
      limits: { pushPerSecond: 400, multicastPerSecond: 8 },
    });
    world.simulator.faults.set([
      { kind: "resetAfterAccept", endpoint: method, rate: 0.2 },
      { kind: "rate429", endpoint: method, rate: method === "push" ? 0.03 : 0.2 },
    ]);
    const count = method === "push" ? 500 : 2_100;
    await world.addFriends(count);
    const id = await launch(world, method);
    for (let round = 0; round < 3; round += 1) {
      await until(() => world.simulator.ledger.summary().accepted > round * 100, {
        what: "some",
        timeoutMs: 60_000,
      });
      await world.store.campaigns.updateOne(
        { _id: id, state: { $in: ["planning", "sending"] } },
        { $set: { state: "paused" } },
      );
      await expectCounted(world, id);
      const { plannedBatches } = await world.campaign(id);
      const state = plannedBatches === null ? "planning" : "sending";
      await world.store.campaigns.updateOne(
        { _id: id, state: "paused" },
        { $set: { state, nextAt: new Date(0) }, $inc: { run: 1 } },
      );
      await world.producer.enqueue(advanceCampaign, [{ v: 1, workspaceId, campaignId: id }]);
    }
    await world.untilDone(id, 120_000);
    await expectTheirWords(world, id, count);
  },
  180_000,
);

it("a campaign of which LINE refuses one variant is paused, though it takes the others", async () => {
  await using between = createLineBetween();
  await using world = await openWorld({ between: between.open });
  await world.addFriends(1_200);
  between.spoil = ({ body }) =>
    body.includes("[[C]]")
      ? {
          passedOn: false,
          reply: (res) => void res.writeHead(400).end('{"message":"messages[0] is bad"}'),
        }
      : undefined;
  for (const method of methods) {
    const id = await launch(world, method);
    await until(async () => (await world.campaign(id)).state === "paused", { what: "the pause" });
    expect(await world.campaign(id)).toMatchObject({ stateReason: "errors", proven: true });
    await expectCounted(world, id);
    const { counted } = await countsOf(world, id);
    expect(counted.refused).toBeGreaterThan(9);
    expect(counted.refused).toBeLessThan(300);
    expect(counted.accepted).toBeGreaterThan(0);
  }
});

it("cancelled, it leaves the control group as it was, and who waited gets nothing", async () => {
  await using world = await openWorld({ limits: { pushPerSecond: 40, multicastPerSecond: 40 } });
  await world.addFriends(600);
  const id = await launch(world, "push", { more: { proven: true } });
  await until(() => world.simulator.ledger.summary().accepted > 20, { what: "some" });
  await world.store.campaigns.updateOne(
    { _id: id },
    { $set: { state: "cancelled", nextAt: new Date(0) } },
  );
  await until(async () => (await world.batchesOf(id)).every(({ state }) => state === "settled"), {
    what: "the end",
  });
  await expectCounted(world, id);
  const ends = Map.groupBy(await rowsOf(world, id), ({ variant }) => variant === "control");
  const reasons = (of: boolean) => new Set(ends.get(of)?.map(({ reason }) => reason));
  expect(reasons(true)).toEqual(new Set(["control_group"]));
  expect(reasons(false)).toEqual(new Set([undefined, "campaign_cancelled"]));
});

it("an estimate counts who is in the control group as nobody who is sent to", async () => {
  await using world = await openWorld();
  await world.addFriends(700);
  const id = await launch(world, "multicast", { more: { state: "draft" } });
  const now = new Date();
  await world.store.estimates.insertOne({
    _id: id,
    workspaceId,
    of: "x",
    run: "est_1",
    state: "counting",
    reason: null,
    looked: 0,
    total: null,
    counts: null,
    claim: null,
    nextAt: now,
    askedAt: now,
    endedAt: null,
    expireAt: new Date(now.getTime() + 60_000),
  });
  await world.producer.enqueue(estimateCampaign, [{ v: 1, workspaceId, campaignId: id }]);
  const estimated = () => world.store.estimates.findOne({ _id: id, state: "done" });
  await until(async () => (await estimated()) !== null, { what: "the estimate" });
  const counts = (await estimated())?.counts;

  await world.store.campaigns.updateOne(
    { _id: id },
    { $set: { state: "planning", nextAt: new Date(0) } },
  );
  await world.producer.enqueue(advanceCampaign, [{ v: 1, workspaceId, campaignId: id }]);
  await world.untilDone(id);
  const { counted } = await countsOf(world, id);
  expect(counts).toMatchObject({
    audience: 700,
    controlGroup: counted.skipped,
    reachable: counted.accepted,
    quotaNeeded: counted.accepted,
  });
  expect(counted.skipped).toBeGreaterThan(100);
});

describe("people who are merged meanwhile", () => {
  /** Planned, and nobody is sent anything yet. */
  const planned = async (world: World, method: Method): Promise<string> => {
    const id = await launch(world, method);
    const planner = await world.startSender({
      step: (name) => (name === "feed" ? never : undefined),
    });
    await until(async () => (await world.campaign(id)).plannedBatches !== null, { what: "a plan" });
    await planner.stop();
    return id;
  };
  const never = new Promise<void>(() => undefined);
  const merge = async ({ store }: World, into: string, from: string): Promise<void> => {
    const loser = await store.profiles.findOneAndUpdate(
      { _id: from },
      { $set: { mergedInto: into, mergeId: "m" } },
    );
    await store.profiles.updateOne(
      { _id: into },
      {
        $push: {
          mergedFrom: from,
          lineAccounts: { $each: loser?.lineAccounts ?? [] },
        },
      },
    );
  };

  it.concurrent.each(methods)(
    "get by %s the words of the place that is sent to, or nothing where one of them is in the control group",
    async (method) => {
      await using world = await openWorld({ senders: 0 });
      await world.addFriends(120);
      const id = await planned(world, method);
      const before = await rowsOf(world, id);
      const variantOf = new Map(before.map(({ profileId = "", variant }) => [profileId, variant]));
      const of = (wanted: (name: string) => boolean) =>
        [...variantOf].filter(([, name = ""]) => wanted(name)).map(([profileId]) => profileId);
      const control = of((name) => name === "control");
      const others = of((name) => name !== "control");
      // Survivor in the control group, loser in it, and neither.
      const pairs = [
        [control[0], others[0]],
        [others[1], control[1]],
        [
          others[2],
          others.find((one, at) => at > 2 && variantOf.get(one) !== variantOf.get(others[2] ?? "")),
        ],
      ] as const;
      const accounts = new Map(
        (await world.store.profiles.find().toArray()).map((row) => [
          row._id,
          row.lineAccounts[0]?.lineUserId ?? "",
        ]),
      );
      for (const [into = "", from = ""] of pairs) await merge(world, into, from);
      await startHeir(world);
      await world.untilDone(id);

      const after = new Map((await rowsOf(world, id)).map((row) => [row.profileId, row]));
      const received = receivedIn(world);
      const got = (profileId = ""): string[] => received.get(accounts.get(profileId) ?? "") ?? [];
      const endOf = (profileId = "") =>
        after.get(profileId)?.reason ?? after.get(profileId)?.outcome;
      for (const [into, from] of pairs.slice(0, 2)) {
        expect([endOf(into), endOf(from)]).toEqual(["control_group", "control_group"]);
        expect([...got(into), ...got(from)]).toEqual([]);
      }
      const [into = "", from = ""] = pairs[2];
      const ends = [endOf(into), endOf(from)];
      expect(new Set(ends)).toEqual(new Set(["accepted", "merged"]));
      const sent = ends[0] === "accepted" ? into : from;
      expect([...got(into), ...got(from)]).toEqual([variantOf.get(sent)]);
      for (const [profileId, name] of variantOf) expect(after.get(profileId)?.variant).toBe(name);
      await expectCounted(world, id);
    },
  );
});
