import { describe, expect, it } from "vitest";

import { assignVariant, controlGroup } from "./assign-variant.ts";

const campaignId = "camp_1";
const two = [
  { name: "A", weight: 1 },
  { name: "B", weight: 1 },
];
const people = Array.from({ length: 100_000 }, (_, index) => `prof_${index}`);

/** What part of a hundred thousand people is in each group. */
const shares = (
  experiment: Omit<Parameters<typeof assignVariant>[0], "campaignId">,
  id = campaignId,
): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const one of people) {
    const name = assignVariant({ ...experiment, campaignId: id }, one);
    counts[name] = (counts[name] ?? 0) + 1 / people.length;
  }
  return counts;
};

describe("the variant of a person", () => {
  // Worked out apart from our code. Another answer in a later version would give people two variants of one campaign.
  it.each([
    ["camp_1", "prof_0", "A"],
    ["camp_1", "prof_1", "C"],
    ["camp_1", "prof_2", "control"],
    ["camp_1", "prof_3", "B"],
    ["camp_1", "prof_4", "control"],
    ["camp_2", "prof_4", "B"],
    ["camp_日本", "prof_\u{1f34e}", "C"],
  ])("in %s is for %s always %s", (id, profileId, name) => {
    const variants = [
      { name: "A", weight: 1 },
      { name: "B", weight: 2 },
      { name: "C", weight: 3 },
    ];
    expect(assignVariant({ campaignId: id, variants, controlPercent: 20 }, profileId)).toBe(name);
  });

  it.each([
    [[1, 1], 0],
    [[1, 1], 10],
    [[70, 20, 10], 0],
    [[1, 2, 3, 4], 33],
    [[1_000, 1], 90],
    [Array.from({ length: 10 }, (_, at) => at + 1), 5],
  ])("is spread by weights %j beside %i % who get nothing, within 1 %", (weights, control) => {
    const variants = weights.map((weight, at) => ({ name: `v${at}`, weight }));
    const found = shares({ variants, controlPercent: control });
    const total = weights.reduce((sum, one) => sum + one, 0);
    const expected: Record<string, number> = {};
    for (const { name, weight } of variants)
      expected[name] = (weight / total) * (1 - control / 100);
    if (control > 0) expected[controlGroup] = control / 100;
    for (const [name, share] of Object.entries(expected))
      expect(Math.abs((found[name] ?? 0) - share), name).toBeLessThan(0.01);
    expect(Object.keys(found).filter((name) => !(name in expected))).toEqual([]);
  });

  it("is nobody's control group where there is none", () => {
    expect(shares({ variants: two, controlPercent: 0 })).not.toHaveProperty(controlGroup);
  });

  it("says nothing of the variant of the same person in another campaign", () => {
    const both: Record<string, number> = {};
    for (const one of people) {
      const names = ["camp_1", "camp_2"].map((id) =>
        assignVariant({ campaignId: id, variants: two, controlPercent: 20 }, one),
      );
      both[names.join(" ")] = (both[names.join(" ")] ?? 0) + 1 / people.length;
    }
    const share = (name: string): number => (name === controlGroup ? 0.2 : 0.4);
    expect(Object.keys(both)).toHaveLength(9);
    for (const [names, found] of Object.entries(both)) {
      const [one = "", other = ""] = names.split(" ");
      expect(Math.abs(found - share(one) * share(other)), names).toBeLessThan(0.01);
    }
  });
});
