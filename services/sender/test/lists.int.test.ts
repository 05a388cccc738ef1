import { recipientsOf } from "@yubin/store";
import { advanceCampaign, erasedRef, forgetPerson, limits } from "@yubin/types";
import { describe, expect, it } from "vitest";

import type { ListRow } from "../src/domain/plan-people.ts";
import { countsOf, openWorld, until, workspaceId, type World } from "./open-world.ts";
import { startSenderProcess } from "./sender-process.ts";

const contents = {
  push: "[[m]] {{ profile.displayName }} sits in {{ data.seat }}",
  multicast: "[[m]] The shop opens at ten",
};
const methods = ["push", "multicast"] as const;

const recipientsIn = async ({ batchesOf }: World, id: string) =>
  (await batchesOf(id)).flatMap((row) => recipientsOf(row));

/** People with profiles, named by those in a list. */
const addNamed = async (world: World, count: number) => {
  const people = await world.addFriends(count);
  const rows = await world.store.profiles
    .find()
    .sort({ _id: 1 })
    .project<{ _id: string }>({ _id: 1 })
    .toArray();
  return { people, refs: rows.map(({ _id }) => _id) };
};

const expectSum = async (world: World, id: string, expected: object) => {
  const { counted, recounted } = await countsOf(world, id);
  expect(counted).toEqual(recounted);
  expect(counted).toMatchObject(expected);
  const { audience, ...rest } = counted;
  expect(Object.values(rest).reduce((sum, one) => sum + one, 0)).toBe(audience);
};

describe.each(methods)("a %s to an uploaded list", (method) => {
  it("is sent to each person once, with what the list says of them, which is gone then", async () => {
    await using world = await openWorld();
    const { people, refs } = await addNamed(world, 1_100);
    const [into = "", from = ""] = refs;
    await world.store.profiles.updateOne({ _id: from }, { $set: { mergedInto: into } });
    await world.store.profiles.updateOne({ _id: into }, { $set: { mergedFrom: [from] } });
    const rows: ListRow[] = [
      ...refs.map((ref, at) => ({ ref, data: { seat: `row-${at}` } })),
      { ref: "nobody@example.com", data: { seat: "SECRET" } },
      { ref: "user:unknown", data: { seat: "SECRET" } },
      { ref: erasedRef },
      { ref: refs[700] ?? "", data: { seat: "SECRET" } },
    ];
    const id = await world.launch({ text: contents[method], list: rows });
    await world.untilDone(id);

    const got = world.simulator.ledger.recipients("m");
    expect(got.size).toBe(people.length - 1);
    expect([...got.values()].every((times) => times === 1)).toBe(true);
    await expectSum(world, id, { audience: 1_104, accepted: 1_099, skipped: 5, queued: 0 });
    const reasons = (await recipientsIn(world, id)).flatMap(({ reason }) => reason ?? []).sort();
    expect(reasons).toEqual(["duplicate", "duplicate", "erased", "not_found", "ref_invalid"]);
    const left = JSON.stringify([
      await world.batchesOf(id),
      await world.store.audiencePages.find().toArray(),
    ]);
    expect(left).not.toContain("row-7");
    expect(left).not.toContain("SECRET");
  });

  it("is one plan, though three senders are killed while they plan it and two plan at once", async () => {
    await using world = await openWorld({ senders: 0 });
    const { people, refs } = await addNamed(world, 2_300);
    const twice = refs.filter((_, at) => at % 20 === 0);
    const rows = [...refs, ...twice].map((ref) => ({ ref, data: { seat: "1" } }));
    const id = await world.launch({ text: contents[method], list: rows });
    const launch = { v: 1, workspaceId, campaignId: id } as const;
    for (const step of ["plan", "planned", "placed"]) {
      await world.producer.enqueue(advanceCampaign, [launch]);
      await using doomed = await startSenderProcess(world, { step, visit: 2, signal: "SIGKILL" });
      expect(await doomed.ended).toBe("SIGKILL");
    }
    const ahead = { now: () => new Date(Date.now() + 60_000) };
    await Promise.all([world.startSender(ahead), world.startSender(ahead)]);
    for (let count = 0; count < 10; count += 1)
      await world.producer.enqueue(advanceCampaign, [launch]);
    await world.untilDone(id, 120_000);

    expect(world.simulator.ledger.recipients("m")).toEqual(new Map(people.map((one) => [one, 1])));
    await expectSum(world, id, {
      audience: rows.length,
      accepted: people.length,
      skipped: twice.length,
    });
    const places = await world.store.places.find().toArray();
    const planned = new Map(
      (await world.batchesOf(id)).flatMap((row) =>
        recipientsOf(row).flatMap(({ profileId }) =>
          profileId === undefined ? [] : [[profileId, row.seq] as const],
        ),
      ),
    );
    expect(new Map(places.map(({ _id, seq }) => [_id.slice(id.length + 1), seq]))).toEqual(planned);
  }, 180_000);

  it("keeps nothing of somebody who is erased, planned or not", async () => {
    await using world = await openWorld({ senders: 0 });
    const { refs } = await addNamed(world, 2);
    const [lineUserId = ""] = world.simulator.addPeople({ provider: "acme", count: 1 });
    world.simulator.follow(world.line.channelId, [lineUserId]);
    const ann = await world.addProfile({ lineUserId, externalId: "ann" });
    const before = Array.from({ length: limits.listPageRows - 1 }, (_, n) => ({
      ref: `user:nobody-${n}`,
    }));
    const named = ["user:ann", "email:ann@example.com", ann, `line:acme:${lineUserId}`];
    const rows = [
      ...before,
      ...named.map((ref) => ({ ref, data: { seat: "of ann" } })),
      ...refs.map((ref) => ({ ref, data: { seat: "of another" } })),
    ];
    const list = { text: contents[method], list: rows };
    const sent = await world.launch(list);
    const paused = await world.launch(list);
    await world.store.campaigns.updateOne({ _id: paused }, { $set: { state: "paused" } });
    await world.startSender();
    await world.untilDone(sent);

    const erasureId = `${workspaceId}/api/${ann}`;
    await world.store.erasures.insertOne({
      _id: erasureId,
      workspaceId,
      profileIds: [ann],
      lineUserIds: [lineUserId],
      refs: ["user:ann", "email:ann@example.com", `line:acme:${lineUserId}`],
      state: "open",
      requestedAt: new Date(Date.now() - 31_000),
      parts: { identity: new Date(), sender: null },
      nextAt: new Date(),
    });
    const gone = { lineAccounts: [], friendOf: [], externalId: null, erasedAt: new Date() };
    await world.store.profiles.updateOne({ _id: ann }, { $set: gone });
    await world.producer.enqueue(forgetPerson, [{ v: 1, workspaceId, erasureId }]);
    await until(
      async () => (await world.store.erasures.findOne({ _id: erasureId }))?.state === "done",
      { what: "the person to be forgotten" },
    );

    const left = async () => {
      const { batches, campaigns, audiencePages } = world.store;
      const all = [batches, campaigns, audiencePages].map((one) => one.find().toArray());
      return JSON.stringify(await Promise.all(all));
    };
    for (const name of ["user:ann", "ann@example.com", lineUserId, "of ann"])
      expect(await left(), name).not.toContain(name);
    await expectSum(world, sent, { audience: rows.length, accepted: 3 });

    await world.store.campaigns.updateOne({ _id: paused }, { $set: { state: "planning" } });
    await world.producer.enqueue(advanceCampaign, [{ v: 1, workspaceId, campaignId: paused }]);
    await world.untilDone(paused);
    await expectSum(world, paused, { audience: rows.length, accepted: 2 });
    const reasons = (await recipientsIn(world, paused)).map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason === "erased")).toHaveLength(named.length);
    expect(await left()).not.toContain("of ");
  }, 120_000);
});

it("words are rendered with a row's data over the content's own names", async () => {
  await using world = await openWorld();
  const { refs } = await addNamed(world, 2);
  const data = [{ seat: '12", "type": "', n: { of: [1, 2] } }, { seat: "{{ data.n }}" }];
  const id = await world.launch({
    text: "[[m]] {{ data.seat }}/{{ data.n.of[1] }}",
    list: refs.map((ref, at) => ({ ref, data: data[at] })),
  });
  await world.untilDone(id);
  const texts = world.simulator.ledger
    .requests()
    .map(({ body }) => (body as { messages: { text: string }[] }).messages[0]?.text);
  expect(new Set(texts)).toEqual(new Set(['[[m]] 12", "type": "/2', "[[m]] {{ data.n }}/"]));
});
