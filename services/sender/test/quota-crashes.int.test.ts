import { expect, it } from "vitest";

import { openWorld, type World } from "./open-world.ts";
import { advance, cameTo, launch, refusedShare, setLimit, untilPaused } from "./quota-world.ts";
import { startSenderProcess } from "./sender-process.ts";

/** Senders whose clocks are this far ahead need not wait for a dead one's claims to lapse. */
const aheadMs = 60_000;
const startHeir = (world: World) =>
  world.startSender({ now: () => new Date(Date.now() + aheadMs) });

const dieAt = async (world: World, id: string, step: string): Promise<void> => {
  await advance(world, id);
  await using doomed = await startSenderProcess(world, { step, signal: "SIGKILL" });
  expect(await doomed.ended).toBe("SIGKILL");
};

/** Two batches and the beginning of a third; there is room for the first and half of the second. */
const people = 450;
const room = 300;

it("senders that are killed wherever they count send as many as the month has room for, and leave out the rest", async () => {
  await using world = await openWorld({ senders: 0 });
  setLimit(world, room);
  await world.addFriends(people);
  const id = await launch(world, "push", "trim", { proven: true });
  for (const step of ["judge", "granted", "judged", "extend", "extended", "out"])
    await dieAt(world, id, step);
  await startHeir(world);
  await world.untilDone(id);
  const trimmed = people - room;
  expect(await cameTo(world, id)).toEqual({ queued: 0, accepted: room, skipped: trimmed, trimmed });
  expect(refusedShare(world)).toBe(0);
  const quota = await world.store.channelQuotas.findOne({ _id: world.channelId });
  expect(quota?.grants).toHaveLength(1);
});

it("a campaign that waits for room goes on once, whoever is killed over it", async () => {
  await using world = await openWorld({ senders: 0 });
  setLimit(world, room);
  await world.addFriends(people);
  const id = await launch(world, "push", "hold", { proven: true });
  await dieAt(world, id, "out");
  const heir = await startHeir(world);
  await untilPaused(world, id, "quota");
  await heir.stop();
  expect(await cameTo(world, id)).toMatchObject({ accepted: room, queued: people - room });

  setLimit(world, null);
  const { run } = await world.campaign(id);
  await dieAt(world, id, "resume");
  expect(await world.campaign(id)).toMatchObject({ state: "paused", run });
  await dieAt(world, id, "resumed");
  expect(await world.campaign(id)).toMatchObject({ state: "sending", run: run + 1 });
  await startHeir(world);
  await world.untilDone(id);
  expect(await world.campaign(id)).toMatchObject({ run: run + 1 });
  expect(await cameTo(world, id)).toMatchObject({ accepted: people, queued: 0 });
});
