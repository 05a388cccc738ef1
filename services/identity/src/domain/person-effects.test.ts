import { limits } from "@yubin/types";
import { describe, expect, it } from "vitest";

import { hasRoomFor, personEffects } from "./person-effects.ts";
import { newProfile, type Profile } from "./profile.ts";
import { setTraits } from "./set-traits.ts";

const at = (ms: number): Date => new Date(ms);
const nobody = newProfile("prof_1", "ws_main", at(0));
const profileId = nobody.id;

type Fact = (profile: Profile) => Profile;
const patch =
  (traits: Record<string, never> | Record<string, string | null>, ms: number): Fact =>
  (profile) =>
    personEffects.patch(profile, { profileId, traits }, at(ms));
const consent =
  (purpose: string, granted: boolean, [source, ms]: [string, number]): Fact =>
  (profile) =>
    personEffects.consent(profile, { profileId, purpose, granted, source }, at(ms));
const suppress =
  (suppressed: boolean, reason: string, ms: number): Fact =>
  (profile) =>
    personEffects.suppress(profile, { profileId, suppressed, reason }, at(ms));
const identify =
  (traits: Record<string, unknown>, ms: number): Fact =>
  (profile) => {
    const { left: _, ...set } = setTraits(profile, traits, at(ms));
    return { ...profile, ...set };
  };

const permutations = <Item>(items: readonly Item[]): Item[][] =>
  items.length === 0
    ? [[]]
    : items.flatMap((item, index) =>
        permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
      );

/** Keys in the order of the alphabet: the order in which they were set is no part of a profile. */
const plain = (profile: Profile): string =>
  JSON.stringify(profile, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)),
        )
      : value,
  );

const outcomesOf = (facts: readonly Fact[]): Profile[] => {
  const found = new Map<string, Profile>();
  for (const order of permutations(facts)) {
    const once = order.reduce((profile, fact) => fact(profile), nobody);
    const twice = order.reduce((profile, fact) => fact(profile), once);
    found.set(plain(once), once);
    found.set(plain(twice), twice);
  }
  return [...found.values()];
};

describe("in every order, and done twice, the same profile comes out", () => {
  it("of traits set, taken away and told by an older call", () => {
    const outcomes = outcomesOf([
      patch({ plan: "pro", city: null }, 2),
      patch({ plan: null }, 3),
      patch({ tier: "b" }, 4),
      patch({ tier: "a" }, 4),
      patch({ tier: null }, 4),
      identify({ plan: "old", city: "Kyoto", gone: null }, 1),
      identify({ city: "Osaka" }, 2),
    ]);
    expect(outcomes).toHaveLength(1);
    expect(outcomes[0]?.traits).toEqual({ city: "Osaka", tier: "b", gone: null });
    expect(outcomes[0]?.traitTimes["plan"]).toEqual(at(3));
  });

  it("of consents, where of two of one time the no stays", () => {
    const outcomes = outcomesOf([
      consent("news", true, ["form", 1]),
      consent("news", false, ["shop", 3]),
      consent("news", true, ["app", 3]),
      consent("news", false, ["call", 3]),
      consent("news", true, ["form", 2]),
      consent("ads", true, ["b", 1]),
      consent("ads", true, ["a", 1]),
    ]);
    expect(outcomes).toHaveLength(1);
    expect(outcomes[0]?.consents).toEqual({
      news: { granted: false, at: at(3), source: "shop" },
      ads: { granted: true, at: at(1), source: "b" },
    });
  });

  it.each([
    [
      "suppressed",
      [suppress(false, "", 2), suppress(true, "law", 3)],
      { at: at(3), reason: "law" },
    ],
    ["lifted", [suppress(true, "asked", 2), suppress(false, "asked", 4)], null],
    [
      "suppressed, when both are of one time",
      [suppress(false, "x", 5), suppress(true, "a", 5), suppress(true, "b", 5)],
      { at: at(5), reason: "b" },
    ],
  ])("of suppressions, and the person is %s", (_, facts, suppression) => {
    const outcomes = outcomesOf([...facts, suppress(true, "old", 1), suppress(false, "old", 1)]);
    expect(outcomes).toHaveLength(1);
    expect(outcomes[0]?.suppression).toEqual(suppression);
  });
});

it("changes nothing when a fact comes again", () => {
  const facts = [
    patch({ plan: "pro", city: null }, 1),
    consent("news", true, ["form", 1]),
    suppress(true, "a", 1),
  ];
  const once = facts.reduce((profile, fact) => fact(profile), nobody);
  for (const fact of facts) expect(fact(once)).toBe(once);
});

describe("room", () => {
  const names = (count: number, prefix: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`${prefix}${n}`, "x"]));

  it("is counted over the traits that are there, not over those taken away", () => {
    const full = patch(names(limits.traitsMax, "a"), 1)(nobody);
    expect(hasRoomFor.patch(full, { profileId, traits: { more: "x" } }, at(2))).toBe(false);
    const freed = patch({ a0: null }, 2)(full);
    expect(hasRoomFor.patch(freed, { profileId, traits: { more: "x" } }, at(3))).toBe(true);
  });

  it("ends also for names that were only ever taken away", () => {
    let profile = nobody;
    for (let n = 0; n < 20; n += 1)
      profile = personEffects.patch(
        profile,
        {
          profileId,
          traits: Object.fromEntries(
            Object.keys(names(limits.traitsMax, `k${n}-`)).map((key) => [key, null]),
          ),
        },
        at(n),
      );
    expect(Object.keys(profile.traitTimes)).toHaveLength(limits.traitsMax * 10);
    expect(profile.traits).toEqual({});
    expect(hasRoomFor.patch(profile, { profileId, traits: { "k0-1": null } }, at(99))).toBe(true);
  });

  it("ends for purposes, and those that are there can still change", () => {
    let profile = nobody;
    for (let n = 0; n <= limits.consentsMax; n += 1)
      profile = consent(`p${n}`, true, ["form", 1])(profile);
    expect(Object.keys(profile.consents)).toHaveLength(limits.consentsMax);
    const told = { profileId, granted: false, source: "form" };
    expect(hasRoomFor.consent(profile, { ...told, purpose: "more" }, at(2))).toBe(false);
    expect(hasRoomFor.consent(profile, { ...told, purpose: "p0" }, at(2))).toBe(true);
    expect(consent("p0", false, ["form", 2])(profile).consents["p0"]?.granted).toBe(false);
  });
});
