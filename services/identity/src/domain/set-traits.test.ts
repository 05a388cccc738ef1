import { limits } from "@yubin/types";
import { expect, it } from "vitest";

import { setTraits } from "./set-traits.ts";

const none = { traits: {}, traitTimes: {} };
const at = (ms: number): Date => new Date(ms);

it("keeps the newest value of each trait in every order", () => {
  const calls: [Record<string, unknown>, number][] = [
    [{ plan: "free", city: "Kyoto" }, 1],
    [{ plan: "pro" }, 2],
    [{ plan: "max", city: null }, 2],
  ];
  for (const order of [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ]) {
    let known = setTraits(none, {}, at(0));
    for (const index of order) {
      const [traits, ms] = calls[index] ?? [{}, 0];
      known = setTraits(known, traits, at(ms));
    }
    expect(known.traits).toEqual({ plan: "pro", city: null });
    expect(known.traitTimes).toEqual({ plan: at(2), city: at(2) });
  }
});

it("changes nothing when a call comes again", () => {
  const once = setTraits(none, { plan: "pro" }, at(1));
  expect(setTraits(once, { plan: "pro" }, at(1)).traits).toBe(once.traits);
});

it("names the traits for which there is no room, and still changes those it has", () => {
  const full = Object.fromEntries(
    Array.from({ length: limits.traitsMax }, (_, index) => [`t${index}`, 0]),
  );
  const known = setTraits(none, full, at(1));
  const next = setTraits(known, { t0: 1, more: 1 }, at(2));
  expect(next.left).toEqual(["more"]);
  expect(next.traits).toEqual({ ...full, t0: 1 });
});
