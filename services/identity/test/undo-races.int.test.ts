import { checkPeople } from "@yubin/people-model";
import { expect, it } from "vitest";

import { settleMerge } from "../src/domain/settle-merge.ts";
import { identify, workspaceId } from "./made-events.ts";
import { openPeopleWorld, type PeopleWorld } from "./people-world.ts";
import { idOf, personCommand, tell } from "./person-commands.ts";
import { slowWorker } from "./slow-worker.ts";

/** Two people who were made one, and the command that takes them apart. */
const mergeTwo = async () => {
  const world = await openPeopleWorld();
  for (const userId of ["first", "second", "third"])
    await tell(world, identify({ userId, traits: { of: userId } }));
  const into = await idOf(world, "first");
  const from = await idOf(world, "second");
  await tell(world, personCommand("merge", { from, into }));
  const mergeId = (await world.store.merges.findOne({ from }))?._id ?? "";
  const undo = personCommand("undo", { mergeId });
  await world.keep([undo]);
  return { world, undo, mergeId, into, from };
};

const mergeState = async ({ store }: PeopleWorld, _id: string) =>
  (await store.merges.findOne({ _id }))?.state;

it.each(["undo-point", "undo-join", "undo-end"])(
  "is undone when the survivor is erased after the process died before %s",
  async (write) => {
    const { world, undo, mergeId, into, from } = await mergeTwo();
    await slowWorker(world, undo).goTo(write);
    await tell(world, personCommand("erase", { profileId: into }));
    await world.apply([undo]);
    await world.sweep();
    expect(await mergeState(world, mergeId)).toBe("undone");
    expect(await world.store.profiles.findOne({ _id: from })).toMatchObject({
      mergedInto: null,
      erasedAt: null,
      traits: { of: "second" },
    });
    expect((await checkPeople(world.store, workspaceId, [])).broken).toEqual([]);
  },
);

it("is undone though a slow worker, to whom another merge was in the way, cancels it", async () => {
  const { world, undo, mergeId, into, from } = await mergeTwo();
  const [slow, fast] = [slowWorker(world, undo), slowWorker(world, undo)];
  await slow.goTo("undo-split");
  const other = personCommand("merge", { from: await idOf(world, "third"), into });
  await world.keep([other]);
  const third = slowWorker(world, other);
  await third.goTo("merge"); // its mark is on the survivor
  await slow.goTo("undo-cancel");
  // It comes to nothing, as its loser has changed, and is out of the way.
  await tell(world, identify({ userId: "third", traits: { of: "nobody else" } }));
  await tell(world, identify({ userId: "first", traits: { plan: "pro" } }));

  await fast.goTo("undo-end");
  await slow.goOn();
  await fast.goOn();
  expect(await mergeState(world, mergeId)).toBe("undone");
  expect(await world.store.events.findOne({ _id: undo.id })).toMatchObject({
    state: "applied",
    reason: null,
  });
  expect(await world.store.profiles.findOne({ _id: from })).toMatchObject({ mergedInto: null });
  await third.goOn();
  await world.sweep();
  expect((await checkPeople(world.store, workspaceId, [])).broken).toEqual([]);
});

it("takes nobody apart any more after it was cancelled, as one of the two is being erased", async () => {
  const { world, undo, mergeId, into, from } = await mergeTwo();
  const slow = slowWorker(world, undo);
  await slow.goTo("undo-split");
  await world.people.blankProfiles(workspaceId, [from], new Date()); // and not yet the survivor
  await world.apply([undo]);
  expect(await mergeState(world, mergeId)).toBe("done");
  await slow.goOn();
  const survivor = await world.store.profiles.findOne({ _id: into });
  expect(survivor).toMatchObject({ mergedFrom: [from], splitting: [] });
  expect(await world.store.profiles.findOne({ _id: from })).toMatchObject({ mergedInto: into });
  await tell(world, personCommand("erase", { profileId: into }));
  await world.sweep();
  expect((await checkPeople(world.store, workspaceId, [])).broken).toEqual([]);
});

it("brings back nobody who was erased while the process was about to give them back", async () => {
  const { world, undo, into, from } = await mergeTwo();
  const slow = slowWorker(world, undo);
  await slow.goTo("undo-restore");
  await world.people.blankProfiles(workspaceId, [from, into], new Date());
  await slow.goOn();
  expect(await world.store.profiles.findOne({ _id: from })).toMatchObject({
    erasedAt: expect.any(Date),
    traits: {},
    mergedInto: null,
  });
});

it("erases nobody whom an undo had taken out of the person and not yet given back", async () => {
  const { world, undo, mergeId, into, from } = await mergeTwo();
  await slowWorker(world, undo).goTo("undo-restore"); // where its process ends
  await tell(world, personCommand("erase", { profileId: into }));
  await world.apply([undo]);
  await world.sweep();
  expect(await mergeState(world, mergeId)).toBe("undone");
  expect(await world.store.profiles.findOne({ _id: into })).toMatchObject({ traits: {} });
  expect(await world.store.profiles.findOne({ _id: from })).toMatchObject({
    erasedAt: null,
    traits: { of: "second" },
  });
  expect(await idOf(world, "second")).toBe(from);
  expect((await checkPeople(world.store, workspaceId, [])).broken).toEqual([]);
});

it("makes nobody one again who was slow to close a merge that is being undone", async () => {
  const { world, undo, mergeId, into, from } = await mergeTwo();
  await world.store.merges.updateOne({ _id: mergeId, workspaceId }, { $set: { state: "started" } });
  const [open] = await world.people.findOpenMerges(workspaceId, [mergeId]);
  if (!open) throw new Error("a merge that is open");
  const slow = slowWorker(world, undo);
  await slow.goTo("undo-restore");
  await settleMerge({ people: world.people, now: () => new Date() }, open);
  expect(await world.store.profiles.findOne({ _id: into })).toMatchObject({
    mergedFrom: [],
    traits: { of: "first" },
    splitting: [mergeId],
  });
  await slow.goOn();
  expect(await world.store.profiles.findOne({ _id: from })).toMatchObject({ mergedInto: null });
  expect(await mergeState(world, mergeId)).toBe("undone");
  expect((await checkPeople(world.store, workspaceId, [])).broken).toEqual([]);
});

it("leads those whom the loser had absorbed straight to their survivor, however late it points them back", async () => {
  const world = await openPeopleWorld();
  for (const userId of ["first", "second", "third"]) await tell(world, identify({ userId }));
  const [first, second, third] = [
    await idOf(world, "first"),
    await idOf(world, "second"),
    await idOf(world, "third"),
  ];
  await tell(world, personCommand("merge", { from: third, into: second }));
  await tell(world, personCommand("merge", { from: second, into: first }));
  const merge = await world.store.merges.findOne({ from: second });
  const undo = personCommand("undo", { mergeId: merge?._id });
  await world.keep([undo]);
  const slow = slowWorker(world, undo);
  await slow.goTo("undo-point");
  await world.apply([undo]);
  await tell(world, personCommand("merge", { from: second, into: first }));
  await slow.goOn();
  await world.sweep();
  expect(await world.store.profiles.findOne({ _id: third })).toMatchObject({ mergedInto: first });
  expect((await checkPeople(world.store, workspaceId, [])).broken).toEqual([]);
});
