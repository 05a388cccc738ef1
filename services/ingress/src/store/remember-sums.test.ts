import { expect, it } from "vitest";

import type { ClickSums, SummedClicks } from "../domain/click.ts";
import { rememberSums } from "./remember-sums.ts";

const of = { workspaceId: "w", campaignId: "c", tracking: "person" } as const;

/** Sums that take as long as they are told, and tell which one they were. */
const setup = () => {
  const world = { nowMs: 0, tookMs: 0, begun: 0, fails: false, gate: Promise.resolve() };
  const sums: ClickSums = {
    sum: async () => {
      const clicks = (world.begun += 1);
      await world.gate;
      world.nowMs += world.tookMs;
      if (world.fails) throw new Error("MongoDB is away");
      const all = { people: 0, clicks, links: [] };
      return { all, of: () => all } satisfies SummedClicks;
    },
  };
  const remembered = rememberSums(sums, () => world.nowMs);
  const ask = async (what: Parameters<ClickSums["sum"]>[0] = of) =>
    (await remembered.sum(what)).all.clicks;
  return { world, ask };
};

it("is made anew each time, where that takes no second", async () => {
  const { world, ask } = setup();
  world.tookMs = 900;
  expect([await ask(), await ask(), await ask()]).toEqual([1, 2, 3]);
});

it("is told for ten times as long as it took, and for a minute at most", async () => {
  const { world, ask } = setup();
  world.tookMs = 2_000;
  expect(await ask()).toBe(1);
  world.nowMs += 19_900;
  expect(await ask()).toBe(1);
  world.nowMs += 200;
  world.tookMs = 20_000;
  expect(await ask()).toBe(2);
  world.nowMs += 59_900;
  expect(await ask()).toBe(2);
  world.nowMs += 200;
  expect(await ask()).toBe(3);
});

it("is one for all who ask while it is made, each campaign for itself", async () => {
  const { world, ask } = setup();
  const { promise, resolve } = Promise.withResolvers<void>();
  world.gate = promise;
  const others = [
    { ...of, campaignId: "d" },
    { ...of, workspaceId: "x" },
    { ...of, tracking: "campaign" as const },
  ];
  const asked = [of, of, ...others, of].map((what) => ask(what));
  resolve();
  expect(await Promise.all(asked)).toEqual([1, 1, 2, 3, 4, 1]);
});

it("of a message is always made anew, as its addresses go when the person is erased", async () => {
  const { world, ask } = setup();
  world.tookMs = 20_000;
  const message = { workspaceId: "w", messageId: "m" };
  expect([await ask(message), await ask(message)]).toEqual([1, 2]);
});

it("is made anew after one that failed, which all who waited are told", async () => {
  const { world, ask } = setup();
  world.tookMs = 5_000;
  world.fails = true;
  const asked = await Promise.allSettled([ask(), ask()]);
  expect(asked.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  world.fails = false;
  expect(await ask()).toBe(2);
});
