import { checkPeople } from "@yubin/people-model";
import { aliasKey, lineAlias, type PersonCommand } from "@yubin/types";
import { expect, it } from "vitest";

import type { InboxEvent } from "../src/domain/inbox-event.ts";
import { identify, lineEvent, lineUser, workspaceId } from "./made-events.ts";
import { finalState, openPeopleWorld, type PeopleWorld } from "./people-world.ts";

/** What was true before, and what is then done while the process dies at each of its writes in turn. */
interface Story {
  readonly before: readonly (readonly InboxEvent[])[];
  /** Commands name people by the ids that they got. */
  readonly doing: (world: PeopleWorld) => Promise<InboxEvent[]>;
  readonly policy?: "last_proof_wins";
  /** Writes after which it may die: one more or fewer means that this list is not the whole story. */
  readonly steps: number;
}

const command = (type: PersonCommand, body: InboxEvent["body"]): InboxEvent =>
  identify({}, { id: `${workspaceId}/api/${type}`, source: "api", type, eventId: type, body });

const idOf = async (world: PeopleWorld, kind: string, value: string): Promise<string> => {
  const name = kind === "line" ? lineAlias("main", value) : { kind: kind as "user", value };
  const row = await world.store.aliases.findOne({ _id: aliasKey(workspaceId, name) });
  return row?.profileId ?? "";
};

const user = (n: number, more: Record<string, string> = {}): InboxEvent =>
  identify({ userId: `u-${n}`, ...more, traits: { [`of-u-${n}`]: `told-u-${n}` } });

/** u-1 has a device; u-2 has LINE ID 2, which was somebody of its own before. */
const twoPeople = (): InboxEvent[][] => [
  [user(1, { anonymousId: "d-1" }), lineEvent("follow", lineUser(2)), user(2)],
  [user(2, { lineUserId: lineUser(2) })],
];
const merged = async (world: PeopleWorld): Promise<InboxEvent[]> => [
  command("merge", {
    from: await idOf(world, "user", "u-2"),
    into: await idOf(world, "user", "u-1"),
  }),
];

const line1 = { provider: "main", lineUserId: lineUser(1) };
const stories: Record<string, Story> = {
  "an identify of two profiles": {
    before: [[lineEvent("follow", lineUser(1)), user(1)]],
    doing: async () => [user(1, { lineUserId: lineUser(1) })],
    steps: 8,
  },
  "an identify of three profiles": {
    before: [[lineEvent("follow", lineUser(1)), user(1), identify({ anonymousId: "d-1" })]],
    doing: async () => [user(1, { lineUserId: lineUser(1), anonymousId: "d-1" })],
    steps: 8,
  },
  "a merge whose loser has absorbed somebody": { before: twoPeople(), doing: merged, steps: 9 },
  "a link to somebody's LINE ID that nobody knows by name": {
    before: [[lineEvent("follow", lineUser(1)), user(1)]],
    doing: async (world) => [
      command("link", {
        profileId: await idOf(world, "user", "u-1"),
        ...line1,
        proof: "account_link",
      }),
    ],
    steps: 8,
  },
  "an unlink": {
    before: [[user(1, { lineUserId: lineUser(1) }), lineEvent("follow", lineUser(1))]],
    doing: async (world) => [
      command("unlink", { profileId: await idOf(world, "user", "u-1"), ...line1 }),
    ],
    steps: 6,
  },
  "a LINE ID that the last proof wins": {
    before: [[user(1, { lineUserId: lineUser(1) }), lineEvent("follow", lineUser(1)), user(2)]],
    doing: async () => [user(2, { lineUserId: lineUser(1) })],
    policy: "last_proof_wins",
    steps: 6,
  },
  "a conflict that is resolved": {
    before: [
      [user(1, { lineUserId: lineUser(1) }), lineEvent("follow", lineUser(1))],
      [user(2, { lineUserId: lineUser(1) })],
    ],
    doing: async (world) => [
      command("resolve", {
        conflictId: (await world.store.conflicts.findOne({}))?._id,
        to: await idOf(world, "user", "u-2"),
      }),
    ],
    steps: 6,
  },
  "an alias of two profiles": {
    before: [[user(1), identify({ anonymousId: "d-1", traits: { seen: 1 } })]],
    doing: async () => [
      identify({}, { type: "alias", body: { previousId: "d-1", userId: "u-1" } }),
    ],
    steps: 8,
  },
  "an alias that gives somebody known another id": {
    before: [[user(1, { lineUserId: lineUser(1) })]],
    doing: async () => [
      identify({}, { type: "alias", body: { previousId: "u-1", userId: "u-3" } }),
    ],
    steps: 11,
  },
  "an undo with facts since": {
    before: [...twoPeople(), []],
    doing: async (world) => {
      const [merge] = await merged(world);
      const since = [identify({ userId: "u-2", traits: { since: "u-2" } }), user(1)];
      const follow = lineEvent("unfollow", lineUser(2));
      for (const event of [merge, ...since, follow]) {
        if (!event) throw new Error("no merge");
        await world.keep([event]);
        await world.apply([event]);
      }
      const row = await world.store.merges.findOne({ eventRowId: merge?.id ?? "" });
      return [command("undo", { mergeId: row?._id })];
    },
    steps: 8,
  },
  "an erasure": {
    before: [
      ...twoPeople(),
      [lineEvent("message", lineUser(2), { body: { message: { id: "1" } } })],
    ],
    doing: async (world) => [command("erase", { profileId: await idOf(world, "user", "u-2") })],
    steps: 11,
  },
};

const prepare = async ({ before, doing, policy }: Story) => {
  const world = await openPeopleWorld();
  if (policy)
    await world.store.workspaces.updateOne(
      { _id: workspaceId },
      { $set: { conflictPolicy: policy } },
      { upsert: true },
    );
  for (const events of before) {
    await world.keep(events);
    await world.apply(events);
  }
  const batch = await doing(world);
  await world.keep(batch);
  return { world, batch };
};

/** As a crash: whatever comes after the n-th write never happens. */
const crashAt = (world: PeopleWorld, n: number, events: readonly InboxEvent[]): Promise<boolean> =>
  new Promise((resolve, reject) => {
    let writes = 0;
    const step = (): Promise<void> | undefined => {
      if (writes === n) {
        resolve(true);
        return new Promise(() => undefined);
      }
      writes += 1;
      return undefined;
    };
    world.apply(events, { step }).then(() => resolve(false), reject);
  });

const stateOf = async (world: PeopleWorld) => {
  const { names, people, events } = await finalState(world.store);
  expect((await checkPeople(world.store, workspaceId, [])).broken).toEqual([]);
  // Each world has made its own events.
  const timeless = (text: string): string =>
    text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z|01K\d{23}/g, "*");
  return { names: names.map(timeless), people: people.map(timeless), events: events.length };
};

/** What another worker does in between: about both people, and told in any order it says the same. */
const others = (): InboxEvent[] => [
  identify({ userId: "u-1", traits: { meanwhile: 1 } }),
  lineEvent("message", lineUser(1)),
  lineEvent("message", lineUser(2)),
];

it.each(Object.entries(stories))("%s is whole wherever the process dies", async (_name, story) => {
  const reference = await prepare(story);
  await reference.world.apply(reference.batch);
  const alone = await stateOf(reference.world);
  const meanwhile = others();
  await reference.world.keep(meanwhile);
  await reference.world.apply(meanwhile);
  const together = await stateOf(reference.world);

  let steps = 0;
  for (let crashed = true; crashed; steps += 1) {
    const again = await prepare(story);
    crashed = await crashAt(again.world, steps, again.batch);
    await again.world.apply(again.batch);
    await again.world.sweep();
    expect(await stateOf(again.world), `died at write ${steps}`).toEqual(alone);

    const between = await prepare(story);
    await crashAt(between.world, steps, between.batch);
    const events = others();
    await between.world.keep(events);
    await between.world.apply(events);
    await between.world.apply(between.batch);
    await between.world.sweep();
    expect(await stateOf(between.world), `others came after write ${steps}`).toEqual(together);

    const swept = await prepare(story);
    await crashAt(swept.world, steps, swept.batch);
    await swept.world.sweep();
    await swept.world.apply(swept.batch);
    await swept.world.sweep();
    expect(await stateOf(swept.world), `swept after write ${steps}`).toEqual(alone);
  }
  expect(steps - 1).toBe(story.steps);
});
