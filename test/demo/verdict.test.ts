import { expect, it } from "vitest";

import type { StoryEnd } from "./story.ts";
import { disagreements } from "./verdict.ts";

const totals = {
  audience: 10,
  queued: 0,
  accepted: 10,
  refused: 0,
  skipped: 0,
  cancelled: 0,
  unknown: 0,
};

const end = (changes: Partial<StoryEnd> = {}, ofOne: Partial<typeof totals> = {}): StoryEnd => ({
  numbers: { people: 12, identified: 3, blocked: 2 },
  followersAtLine: 10,
  followersHere: 10,
  profiles: 12,
  campaigns: ["one", "two", "three"].map((title) => ({
    id: title,
    title,
    metrics: {
      campaignId: "camp_1",
      state: "done",
      planned: true,
      totals: title === "two" ? { ...totals, ...ofOne } : totals,
      reasons: [],
    } as unknown as StoryEnd["campaigns"][number]["metrics"],
    atLine: 10,
    expected: { audience: 10, accepted: 10 },
  })),
  duplicatesAtLine: 0,
  faults: 5,
  identity: {
    model: { identified: 3, anonymous: 9 },
    here: { identified: 3, anonymous: 9 },
    broken: [],
  },
  clicks: { people: 3, clicks: 4, astray: 0, here: { people: 3, clicks: 4, links: [] } },
  ...changes,
});

it("has nothing to say where all numbers agree", () => {
  expect(disagreements(end())).toEqual([]);
});

it.each([
  ["a follower too few", end({ followersHere: 9 })],
  ["followers whom LINE lost", end({ followersAtLine: 9, followersHere: 9 })],
  ["a profile too many", end({ profiles: 13 })],
  ["a message twice", end({ duplicatesAtLine: 1 })],
  ["no campaigns", end({ campaigns: [] })],
  ["a click that nobody counted", end({ clicks: { ...end().clicks, people: 4 } })],
  ["a click that was counted twice", end({ clicks: { ...end().clicks, clicks: 3 } })],
  ["a link that leads elsewhere", end({ clicks: { ...end().clicks, astray: 1 } })],
  ["an empty audience", end({}, { audience: 0, accepted: 0 })],
  ["people who were dropped from the plan", end({}, { audience: 9, accepted: 9 })],
  ["unknown outcomes", end({}, { accepted: 1, unknown: 9 })],
  ["skipped people", end({}, { accepted: 9, skipped: 1 })],
  ["a sum that does not add up", end({}, { refused: 1 })],
  [
    "a message that LINE never saw",
    end({ campaigns: end().campaigns.map((one) => ({ ...one, atLine: 9 })) }),
  ],
])("complains about %s", (_, broken) => {
  expect(disagreements(broken)).not.toEqual([]);
});

it("complains about people who are counted twice or not at all, and about what did not hold", () => {
  const identity = {
    model: { identified: 3, anonymous: 9 },
    here: { identified: 4, anonymous: 8 },
    broken: ["nobody is guessed"],
  };
  expect(disagreements(end({ identity }))).toEqual([
    "people known by name: 4 instead of 3",
    "anonymous people: 8 instead of 9",
    "it did not hold that nobody is guessed",
  ]);
});
