import { recipientsOf } from "@yubin/store";
import { expect, it } from "vitest";

import { countsOf, openWorld, until, type World } from "./open-world.ts";

/** One filter that takes minutes over the list, where Liquid looks at no clock. */
const endless =
  "{% if data.list %}{{ data.list | where_exp: 'x', 'data.list contains y' }}{% endif %}hi";
const list = Array.from({ length: 30_000 }, (_, index) => index);

const friend = async (world: World, traits: Record<string, unknown> = {}): Promise<string> => {
  const [lineUserId = ""] = world.simulator.addPeople({ provider: "acme", count: 1 });
  world.simulator.follow(world.line.channelId, [lineUserId]);
  return world.addProfile({ lineUserId, traits });
};

it("ends hostile messages as such, and sends the others meanwhile", async () => {
  await using world = await openWorld();
  const to = await friend(world);
  const hostile = await Promise.all(
    Array.from({ length: 12 }, () =>
      world.message({ to, messages: [{ type: "text", text: endless }], data: { list } }),
    ),
  );
  const startedAt = performance.now();
  const kind = await world.message({
    to,
    messages: [{ type: "text", text: "Hello {{ profile.displayName }}" }],
  });
  expect((await world.untilSettled(kind)).counts).toMatchObject({ accepted: 1 });
  // A sender that stands still for each of them would take minutes.
  expect(performance.now() - startedAt).toBeLessThan(20_000);
  for (const id of hostile) {
    const { recipients } = await world.untilSettled(id, 60_000);
    expect(recipients[0]).toMatchObject({ outcome: "skipped", reason: "template_timeout" });
  }
});

it("skips people of a campaign whom a value is missing for", async () => {
  await using world = await openWorld();
  for (const traits of [{ name: "Aiko" }, {}, { name: " " }, { name: null }, { name: ["x"] }])
    await friend(world, traits);
  const id = await world.launch({ text: "Hello {{ profile.traits.name }}", missing: "skip" });
  await world.untilDone(id);
  const { counted, recounted } = await countsOf(world, id);
  expect(counted).toEqual(recounted);
  expect(counted).toMatchObject({ audience: 5, accepted: 1, skipped: 4 });
  const reasons = (await world.batchesOf(id)).flatMap(recipientsOf).map(({ reason }) => reason);
  expect(reasons.filter((reason) => reason === "missing_attribute")).toHaveLength(4);
});

it("stops at once while templates are rendered, and loses nobody", async () => {
  await using world = await openWorld({ senders: 0 });
  const sender = await world.startSender();
  const to = await friend(world);
  const id = await world.message({
    to,
    messages: [1, 2, 3, 4, 5].map(() => ({ type: "text", text: endless })),
    data: { list },
  });
  await until(async () => (await world.batch(id)).claim !== null, { what: "a claim" });
  const startedAt = performance.now();
  await sender.stop();
  expect(performance.now() - startedAt).toBeLessThan(8_000);
  await world.startSender();
  const { recipients } = await world.untilSettled(id, 60_000);
  expect(recipients[0]).toMatchObject({ reason: "template_timeout" });
});
