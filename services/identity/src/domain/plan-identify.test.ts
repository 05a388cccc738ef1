import { limits } from "@yubin/types";
import { describe, expect, it } from "vitest";

import type { Owner } from "./owner.ts";
import {
  planIdentify as planWith,
  type NamedOwners,
  type NamesGiven,
  type PlanRules,
} from "./plan-identify.ts";
import { linkAccount } from "./link-account.ts";
import { newProfile } from "./profile.ts";

const line = { provider: "main", lineUserId: "U1" };
const nobody: NamedOwners = { user: undefined, line: undefined, anon: undefined };
const owner = (profileId: string, externalId: string | null = null): Owner => ({
  homeId: profileId,
  profileId,
  profile: {
    ...newProfile(profileId, "ws_main", new Date(0)),
    externalId,
    externalIds: externalId === null ? [] : [externalId],
  },
});
const empty = (profileId: string): Owner => ({
  homeId: profileId,
  profileId,
  profile: undefined,
});
const rules: PlanRules = {
  conflictPolicy: "hold",
  mergesPerHourMax: 20,
  now: new Date(0),
  provenAt: new Date(2_000),
};
const planIdentify = (given: NamesGiven, found: NamedOwners, more: Partial<PlanRules> = {}) =>
  planWith(given, found, { ...rules, ...more });
const linked = { kind: "linked" };

describe("a call with an external id and a LINE ID", () => {
  const given = { user: "u1", line, anon: undefined };

  it("opens one person for two unknown names", () => {
    expect(planIdentify(given, nobody)).toEqual({
      target: undefined,
      claims: ["line", "user"],
      redirects: [],
      link: linked,
      merges: [],
      held: undefined,
    });
  });

  it("attaches the LINE ID to the known person without making another", () => {
    const user = owner("prof_u", "u1");
    const plan = planIdentify(given, { ...nobody, user });
    expect(plan).toMatchObject({ target: user, claims: ["line"], link: linked });
  });

  it("makes a nameless LINE profile the caller's person", () => {
    const found = owner("prof_l");
    const plan = planIdentify(given, { ...nobody, line: found });
    expect(plan).toMatchObject({ target: found, claims: ["user"], link: linked });
  });

  it("does nothing new when both are one person already", () => {
    const both = owner("prof_1", "u1");
    const plan = planIdentify(given, { ...nobody, user: both, line: both });
    expect(plan).toMatchObject({ target: both, claims: [], redirects: [], link: linked });
  });

  it("merges the nameless LINE profile into the known person", () => {
    const user = owner("prof_u", "u1");
    const found = owner("prof_l");
    const plan = planIdentify(given, { ...nobody, user, line: found });
    expect(plan).toMatchObject({ target: user, claims: [], redirects: [], link: linked });
    expect(plan.merges).toEqual([found]);
  });

  it("does not merge again whom people told apart", () => {
    const user = owner("prof_u", "u1");
    const found = owner("prof_l");
    const profile = found.profile && { ...found.profile, notSameAs: ["prof_u"] };
    const plan = planIdentify(given, { ...nobody, user, line: { ...found, profile } });
    expect(plan.merges).toEqual([]);
    expect(plan.link).toMatchObject({ kind: "conflict", because: "undone" });
  });

  it("holds what looks like a storm of merges for people to look at", () => {
    const user = owner("prof_u", "u1");
    const profile = user.profile && { ...user.profile, mergeRate: { hour: 0, merges: 20 } };
    const plan = planIdentify(given, {
      ...nobody,
      user: { ...user, profile },
      line: owner("prof_l"),
    });
    expect(plan.merges).toEqual([]);
    expect(plan.link).toMatchObject({ kind: "conflict", because: "merge_rate" });
  });

  it("moves a LINE ID to whoever proved it last, where the workspace wants that", () => {
    const plan = planIdentify(
      given,
      { ...nobody, user: owner("prof_u", "u1"), line: owner("prof_l", "u2") },
      { conflictPolicy: "last_proof_wins" },
    );
    expect(plan).toMatchObject({ merges: [], link: { kind: "moved" } });
  });

  it("never moves the LINE ID of another known person", () => {
    const taken = owner("prof_l", "u2");
    const plan = planIdentify(given, { ...nobody, line: taken });
    expect(plan).toMatchObject({ target: undefined, claims: ["user"] });
    expect(plan.link).toEqual({ kind: "conflict", because: "external_ids", holder: taken });
  });

  it("moves it by the rule to whoever proved it last, in whichever order that is told", () => {
    const taken = owner("prof_l", "u2");
    const plan = (provenAt: Date) => {
      const proof = { kind: "server_key", at: provenAt } as const;
      const lineAccounts = linkAccount([], { ...line, proof });
      const profile = taken.profile && { ...taken.profile, lineAccounts };
      return planIdentify(
        given,
        { ...nobody, line: { ...taken, profile } },
        { conflictPolicy: "last_proof_wins" },
      );
    };
    expect(plan(new Date(1_000)).link).toEqual({ kind: "moved" });
    expect(plan(new Date(3_000))).toMatchObject({ claims: ["user"], link: { kind: "outdated" } });
  });

  it("takes back an alias that came too late to a profile named by another id meanwhile", () => {
    const taken = owner("prof_l", "u2");
    const plan = planIdentify(given, { ...nobody, user: taken, line: taken });
    expect(plan).toMatchObject({ target: undefined, claims: ["user"] });
    expect(plan.link).toEqual({ kind: "conflict", because: "external_ids", holder: taken });
  });

  it("leads a LINE alias without a profile to the known person", () => {
    const user = owner("prof_u", "u1");
    const plan = planIdentify(given, { ...nobody, user, line: empty("prof_l") });
    expect(plan).toMatchObject({ target: user, claims: ["line"], redirects: ["prof_l"] });
  });

  it("chooses the same of two profiles that are still to be made, whichever name leads there", () => {
    for (const [user, found] of [
      [empty("prof_a"), empty("prof_b")],
      [empty("prof_b"), empty("prof_a")],
    ]) {
      const plan = planIdentify(given, { ...nobody, user, line: found });
      expect(plan.target).toEqual(empty("prof_a"));
      expect(plan.redirects).toEqual(["prof_b"]);
    }
  });

  it("links no more accounts than a person may have", () => {
    const account = {
      ...line,
      displayName: null,
      pictureUrl: null,
      language: null,
      fetchedAt: null,
      linkedAt: new Date(0),
      proof: { kind: "server_key" as const, at: new Date(0) },
      friendship: {},
    };
    const lineAccounts = Array.from({ length: limits.lineAccountsMax }, (_, n) => ({
      ...account,
      lineUserId: `V${n}`,
    }));
    const known = owner("prof_u", "u1");
    const user = { ...known, profile: known.profile && { ...known.profile, lineAccounts } };
    const plan = planIdentify(given, { ...nobody, user });
    expect(plan).toMatchObject({
      target: user,
      claims: [],
      link: { kind: "no_room" },
    });
  });
});

describe("a call with an anonymous id", () => {
  it("names the person who was anonymous so far", () => {
    const anon = owner("prof_a");
    const plan = planIdentify({ user: "u1", line: undefined, anon: "a1" }, { ...nobody, anon });
    expect(plan).toMatchObject({ target: anon, claims: ["user"], merges: [] });
  });

  it("leaves a shared device with the person it belongs to", () => {
    const anon = owner("prof_a", "u2");
    const plan = planIdentify({ user: "u1", line: undefined, anon: "a1" }, { ...nobody, anon });
    expect(plan).toMatchObject({ target: undefined, claims: ["user"], merges: [] });
  });

  it("merges who the known person was without a name elsewhere", () => {
    const user = owner("prof_u", "u1");
    const anon = owner("prof_a");
    const plan = planIdentify(
      { user: "u1", line: undefined, anon: "a1" },
      { ...nobody, user, anon },
    );
    expect(plan).toMatchObject({ target: user, claims: [], merges: [anon] });
  });

  it("links a LINE ID to whoever the anonymous id means", () => {
    const anon = owner("prof_a", "u2");
    const plan = planIdentify({ user: undefined, line, anon: "a1" }, { ...nobody, anon });
    expect(plan).toMatchObject({ target: anon, claims: ["line"], link: linked });
  });
});
