import { expect, it } from "vitest";

import {
  addCounted,
  addPassed,
  addSampled,
  emptyTally,
  estimateFrom,
  type EstimateKind,
  type EstimateTally,
} from "./tally-estimate.ts";

const page = (reachable: number, blocked: number, excluded = 0): EstimateKind[] => [
  ...Array.from({ length: reachable }, () => "reachable" as const),
  ...Array.from({ length: blocked }, () => "blocked" as const),
  ...Array.from({ length: excluded }, () => "excluded" as const),
];

it("is exact where everybody was counted", () => {
  const tally = addCounted(addCounted(emptyTally, page(10, 5)), page(3, 1, 2));
  expect(estimateFrom(tally)).toMatchObject({
    audience: 21,
    reachable: 13,
    blocked: 6,
    excluded: 2,
    quotaNeeded: 13,
    quotaLeft: null,
    quotaShort: null,
    sample: false,
    margin: 0,
  });
  expect(estimateFrom(emptyTally)).toMatchObject({ audience: 0, reachable: 0, margin: 0 });
});

it("takes those who were passed over to be as the sampled ones, and is the audience in sum", () => {
  let tally = addCounted(emptyTally, page(100, 0));
  for (let count = 0; count < 3; count += 1) tally = addSampled(tally, page(333, 167));
  for (let count = 0; count < 27; count += 1) tally = addPassed(tally, 500);
  const { audience, reachable, blocked, sample, margin } = estimateFrom(tally);
  expect({ audience, reachable, blocked, sample }).toEqual({
    audience: 15_100,
    reachable: 100 + 333 * 30,
    blocked: 167 * 30,
    sample: true,
  });
  // All pages are alike, so nothing is in doubt.
  expect(margin).toBeLessThanOrEqual(1);
});

it("knows nothing for sure of who was passed over without a sample", () => {
  const tally = addPassed(addCounted(emptyTally, page(60, 40)), 500);
  expect(estimateFrom(tally)).toMatchObject({ audience: 600, reachable: 360, margin: 500 });
});

it("is within its margin nineteen times in twenty, even where people on a page are alike", () => {
  let draw = 42;
  const random = (): number => {
    draw = (draw * 1_103_515_245 + 12_345) % 2_147_483_648;
    return draw / 2_147_483_648;
  };
  const tries = 400;
  let within = 0;
  let margins = 0;
  for (let count = 0; count < tries; count += 1) {
    let tally: EstimateTally = emptyTally;
    let truth = 0;
    for (let at = 0; at < 600; at += 1) {
      const reachable = Math.floor(random() * 500);
      truth += reachable;
      tally =
        random() < 0.1
          ? addSampled(tally, page(reachable, 500 - reachable))
          : addPassed(tally, 500);
    }
    const estimate = estimateFrom(tally);
    margins += estimate.margin;
    if (Math.abs(estimate.reachable - truth) <= estimate.margin) within += 1;
  }
  expect(within / tries).toBeGreaterThan(0.91);
  // No wider than it has to be.
  expect(margins / tries).toBeLessThan(0.08 * 600 * 500);
});
