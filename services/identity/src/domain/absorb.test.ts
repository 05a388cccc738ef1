import { describe, expect, it } from "vitest";

import { absorb } from "./absorb.ts";
import { newProfile, type Profile } from "./profile.ts";

const at = (day: number): Date => new Date(Date.UTC(2026, 0, day));
const person = (id: string, more: Partial<Profile> = {}): Profile => ({
  ...newProfile(id, "ws_main", at(1)),
  ...more,
});
const trait = (value: unknown, day: number): Pick<Profile, "traits" | "traitTimes"> => ({
  traits: { plan: value },
  traitTimes: { plan: at(day) },
});
const known = (id: string): Pick<Profile, "externalId" | "externalIds"> => ({
  externalId: id,
  externalIds: [id],
});
const consent = (granted: boolean, day: number): Pick<Profile, "consents"> => ({
  consents: { news: { granted, at: at(day), source: `day ${day}` } },
});

describe("absorb", () => {
  it("lets the newest value stay of two of a kind", () => {
    const one = person("prof_1", trait("old", 2));
    const two = person("prof_2", trait("new", 3));
    expect(absorb(one, two).profile.traits).toEqual({ plan: "new" });
    expect(absorb(two, one).profile.traits).toEqual({ plan: "new" });
    expect(absorb(one, two).values).toContainEqual({
      field: "traits.plan",
      from: "from",
      because: "newest",
    });
  });

  it("lets an identified person's value stay before an anonymous one's, however old", () => {
    const identified = person("prof_2", { ...known("u-1"), ...trait("told", 2) });
    const anonymous = person("prof_1", trait("guessed", 9));
    expect(absorb(anonymous, identified).profile.traits).toEqual({ plan: "told" });
    expect(absorb(identified, anonymous).profile.traits).toEqual({ plan: "told" });
  });

  it("takes the word that a trait was taken away like any other", () => {
    const gone = person("prof_1", { traitTimes: { plan: at(5) } });
    expect(absorb(gone, person("prof_2", trait("old", 2))).profile.traits).toEqual({});
    expect(absorb(gone, person("prof_2", trait("new", 6))).profile.traits).toEqual({ plan: "new" });
  });

  it("keeps the stricter consent with its time and source, and the newer of two alike", () => {
    const yes = person("prof_1", consent(true, 9));
    const no = person("prof_2", consent(false, 2));
    for (const { profile } of [absorb(yes, no), absorb(no, yes)])
      expect(profile.consents).toEqual(consent(false, 2).consents);
    const older = person("prof_3", consent(true, 3));
    expect(absorb(older, yes).profile.consents).toEqual(yes.consents);
  });

  it("keeps a suppression whoever had it, also where it was lifted for the other later", () => {
    const suppression = { at: at(2), reason: "asked" };
    const silent = person("prof_1", { suppression, suppressionAt: at(2) });
    const lifted = person("prof_2", { suppressionAt: at(9) });
    for (const { profile } of [absorb(silent, lifted), absorb(lifted, silent)])
      expect(profile).toMatchObject({ suppression, suppressionAt: at(2) });
  });

  it("says the same in whatever order three of a kind are absorbed", () => {
    const three = [2, 4, 3].map((day) =>
      person(`prof_${day}`, {
        ...trait(`day ${day}`, day),
        ...consent(day !== 3, day),
        suppression: day === 4 ? null : { at: at(day), reason: `day ${day}` },
        suppressionAt: at(day),
      }),
    );
    const [a, b, c] = three as [Profile, Profile, Profile];
    const facts = ({ traits, traitTimes, consents, suppression }: Profile) => ({
      traits,
      traitTimes,
      consents,
      suppression,
    });
    const orders = [
      absorb(absorb(a, b).profile, c).profile,
      absorb(a, absorb(b, c).profile).profile,
      absorb(absorb(a, c).profile, b).profile,
      absorb(absorb(c, b).profile, a).profile,
    ].map(facts);
    for (const order of orders) expect(order).toEqual(orders[0]);
    expect(orders[0]).toEqual({
      traits: { plan: "day 4" },
      traitTimes: { plan: at(4) },
      consents: consent(false, 3).consents,
      suppression: { at: at(3), reason: "day 3" },
    });
  });

  it("shows the older external id unless the loser lends its own, and keeps both", () => {
    const older = person("prof_1", known("u-1"));
    const younger = person("prof_2", known("u-2"));
    expect(absorb(older, younger).profile).toMatchObject({
      externalId: "u-1",
      externalIds: ["u-1", "u-2"],
    });
    const lending = { ...younger, lendsExternalId: true };
    expect(absorb(older, lending).profile).toMatchObject({
      externalId: "u-2",
      externalIds: ["u-1", "u-2"],
    });
  });

  it("puts the loser and whom it had absorbed at the end of the list", () => {
    const survivor = person("prof_1", { mergedFrom: ["prof_9"] });
    const loser = person("prof_2", { mergedFrom: ["prof_8"] });
    expect(absorb(survivor, loser).profile.mergedFrom).toEqual(["prof_9", "prof_2", "prof_8"]);
  });
});
