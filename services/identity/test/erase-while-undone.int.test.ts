import { checkPeople } from "@yubin/people-model";
import { expect, it } from "vitest";

import type { InboxEvent } from "../src/domain/inbox-event.ts";
import { identify, workspaceId } from "./made-events.ts";
import { openPeopleWorld } from "./people-world.ts";
import { idOf, personCommand, tell } from "./person-commands.ts";
import { slowWorker } from "./slow-worker.ts";

/** Two people who were made one, the command that takes them apart, and the one that erases either. */
const mergeTwo = async (erased: "into" | "from" = "into") => {
  const world = await openPeopleWorld();
  for (const userId of ["first", "second"])
    await tell(world, identify({ userId, traits: { of: userId } }));
  const sides = { into: await idOf(world, "first"), from: await idOf(world, "second") };
  await tell(world, personCommand("merge", sides));
  const mergeId = (await world.store.merges.findOne({ from: sides.from }))?._id ?? "";
  const undo = personCommand("undo", { mergeId });
  const erase = personCommand("erase", { profileId: sides[erased] });
  await world.keep([undo, erase]);
  return { world, undo, erase, mergeId, ...sides };
};

type Two = Awaited<ReturnType<typeof mergeTwo>>;

const endOf = ({ world }: Two, event: InboxEvent) =>
  world.store.events.findOne({ _id: event.id }, { projection: { state: 1, reason: 1, _id: 0 } });

const rowOf = ({ world }: Two, id: string) => world.store.profiles.findOne({ _id: id });

/** Undone, and the other one has their life, and their name, which nobody has buried. */
const expectAlive = async (two: Two, id: string, name: string): Promise<void> => {
  const { world, undo, mergeId } = two;
  expect(await endOf(two, undo)).toEqual({ state: "applied", reason: null });
  expect(await world.store.merges.findOne({ _id: mergeId })).toMatchObject({ state: "undone" });
  expect(await rowOf(two, id)).toMatchObject({ traits: { of: name }, erasedAt: null });
  expect(await idOf(world, name)).toBe(id);
  await tell(world, identify({ userId: name, traits: { late: "and said before" } }));
  expect(await rowOf(two, id)).toMatchObject({ traits: { late: "and said before" } });
};

const expectErased = async (two: Two, ...ids: readonly string[]): Promise<void> => {
  const { world, erase } = two;
  expect(await endOf(two, erase)).toEqual({ state: "applied", reason: null });
  for (const id of ids)
    expect(await rowOf(two, id)).toMatchObject({ traits: {}, erasedAt: expect.any(Date) });
  expect(await world.store.aliases.countDocuments({ profileId: { $in: [...ids] } })).toBe(0);
  expect((await checkPeople(world.store, workspaceId, [])).broken).toEqual([]);
};

const whoGoesOn = ["itself", "another worker"] as const;

/** The erasure stands before this write while the undo is applied; then it goes on, or has died and is begun again. */
const undoBefore = async (two: Two, write: string, by: (typeof whoGoesOn)[number]) => {
  const { world, undo, erase } = two;
  const slow = slowWorker(world, erase);
  await slow.goTo(write);
  await world.apply([undo]);
  if (by === "itself") await slow.goOn();
  else await world.apply([erase]);
  await world.sweep();
};

it.each(whoGoesOn)(
  "an undo that is there before the person is marked takes the other one out (%s)",
  async (by) => {
    const two = await mergeTwo();
    await undoBefore(two, "erase-mark", by);
    await expectAlive(two, two.from, "second");
    await expectErased(two, two.into);
    expect(await two.world.store.erasures.findOne({ _id: two.erase.id })).toMatchObject({
      profileIds: [two.into],
    });
  },
);

it.each(whoGoesOn)("of a merged one who is erased the survivor is left (%s)", async (by) => {
  const two = await mergeTwo("from");
  await undoBefore(two, "erase-mark", by);
  await expectAlive(two, two.into, "first");
  await expectErased(two, two.from);
});

it.each(
  ["erase-open", "erase-tombstones", "erase-profiles", "erase-names", "erase-traces"].flatMap(
    (write) => whoGoesOn.map((by) => [write, by] as const),
  ),
)(
  "an undo that comes before %s, after the mark, is refused, and both are erased (%s)",
  async (write, by) => {
    const two = await mergeTwo();
    await undoBefore(two, write, by);
    expect(await endOf(two, two.undo)).toEqual({ state: "ignored", reason: "profile_erased" });
    await expectErased(two, two.from, two.into);
  },
);

it.each(["undo-begin", "undo-keep", "undo-split"])(
  "an undo that was about to take the two apart, before %s, comes too late after the mark",
  async (write) => {
    const two = await mergeTwo();
    const { world, undo, erase } = two;
    const [undoing, erasing] = [slowWorker(world, undo), slowWorker(world, erase)];
    await undoing.goTo(write);
    await erasing.goTo("erase-open");
    await undoing.goOn();
    await erasing.goOn();
    await world.sweep();
    expect(await endOf(two, undo)).toEqual({ state: "ignored", reason: "profile_erased" });
    await expectErased(two, two.from, two.into);
    const journal = JSON.stringify(await world.store.merges.find().toArray());
    expect(journal).not.toContain("second");
  },
);

it("whoever meets somebody with the mark erases them, and what was said before opens nobody", async () => {
  const two = await mergeTwo();
  const { world, erase } = two;
  await slowWorker(world, erase).goTo("erase-open"); // where its process ends
  const before = identify({ userId: "second", traits: { of: "nobody" } });
  await tell(world, before);
  expect(await endOf(two, before)).toEqual({ state: "ignored", reason: "erased" });
  const again = personCommand("erase", { profileId: two.from });
  await tell(world, again);
  expect(await endOf(two, again)).toEqual({ state: "ignored", reason: "erased" });
  await world.sweep(); // also without the event's own job
  expect(await world.store.profiles.countDocuments({ erasedAt: null })).toBe(0);
  expect(await world.store.tombstones.countDocuments({})).toBe(2);
  await world.apply([erase]);
  await world.apply([two.undo]);
  expect(await endOf(two, two.undo)).toEqual({ state: "ignored", reason: "profile_erased" });
  await expectErased(two, two.from, two.into);
});

it("leaves what is said of whoever comes by a name later, however slow one of two workers is", async () => {
  const two = await mergeTwo();
  const { world, erase } = two;
  const slow = slowWorker(world, erase);
  await slow.goTo("erase-tombstones");
  await world.apply([erase]);
  await new Promise((resolve) => setTimeout(resolve, 5)); // they come after it by the clock, too
  const later = { occurredAt: new Date() };
  await tell(world, identify({ userId: "second", traits: { of: "new" } }, later));
  await slow.goOn();
  await tell(world, identify({ userId: "second", traits: { plan: "pro" } }, later));
  await world.sweep();
  expect(await rowOf(two, await idOf(world, "second"))).toMatchObject({
    traits: { of: "new", plan: "pro" },
  });
});
