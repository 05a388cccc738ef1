import { expect, it } from "vitest";
import { createRandom, fractionOf, hash32, hashBytes } from "./random.ts";

it("gives the same sequence for a seed and another for another", () => {
  expect(take(1)).toEqual(take(1));
  expect(take(1)).not.toEqual(take(2));
});

it("tells parts from their concatenation", () => {
  expect(hash32("a", "bc")).not.toBe(hash32("ab", "c"));
});

it("spreads evenly over [0, 1)", () => {
  const draws = Array.from({ length: 10_000 }, (_, n) => fractionOf(hash32("seed", n)));
  const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
  expect(mean).toBeGreaterThan(0.48);
  expect(mean).toBeLessThan(0.52);
  expect(draws.filter((draw) => draw < 0.1).length / draws.length).toBeCloseTo(0.1, 1);
});

it("hashes bytes by content alone", () => {
  expect(hashBytes(Buffer.from("日本"))).toBe(hashBytes(new TextEncoder().encode("日本")));
  expect(hashBytes(Buffer.from("a"))).not.toBe(hashBytes(Buffer.from("b")));
});

const take = (seed: number): number[] => {
  const random = createRandom(seed);
  return Array.from({ length: 5 }, () => random.below(1_000));
};
