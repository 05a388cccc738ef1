import { limits } from "@yubin/types";
import { describe, expect, it } from "vitest";

import type { Owner } from "./draft.ts";
import { planIdentify, type NamedOwners } from "./plan-identify.ts";
import { newProfile } from "./profile.ts";

const line = { provider: "main", lineUserId: "U1" };
const nobody: NamedOwners = { user: undefined, line: undefined, anon: undefined };
const owner = (profileId: string, externalId: string | null = null): Owner => ({
  profileId,
  profile: { ...newProfile(profileId, "ws_main", new Date(0)), externalId },
});
const empty = (profileId: string): Owner => ({ profileId, profile: undefined });
const linked = { kind: "linked" };

describe("a call with an external id and a LINE ID", () => {
  const given = { user: "u1", line, anon: undefined };

  it("opens one person for two unknown names", () => {
    expect(planIdentify(given, nobody)).toEqual({
      target: undefined,
      claims: ["line", "user"],
      redirects: [],
      link: linked,
      mergePending: false,
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

  it("leaves two profiles as they are when the LINE one is nameless", () => {
    const user = owner("prof_u", "u1");
    const plan = planIdentify(given, { ...nobody, user, line: owner("prof_l") });
    expect(plan).toMatchObject({ target: user, claims: [], redirects: [] });
    expect(plan.link).toEqual({ kind: "parked", reason: "merge_pending" });
  });

  it("never moves the LINE ID of another known person", () => {
    const taken = owner("prof_l", "u2");
    const plan = planIdentify(given, { ...nobody, line: taken });
    expect(plan).toMatchObject({ target: undefined, claims: ["user"] });
    expect(plan.link).toEqual({ kind: "parked", reason: "conflict_pending" });
  });

  it("takes back an alias that came too late to a profile named by another id meanwhile", () => {
    const taken = owner("prof_l", "u2");
    const plan = planIdentify(given, { ...nobody, user: taken, line: taken });
    expect(plan).toMatchObject({ target: undefined, claims: ["user"] });
    expect(plan.link).toEqual({ kind: "parked", reason: "conflict_pending" });
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
    const profile = { ...newProfile("prof_u", "ws_main", new Date(0)), externalId: "u1" };
    const user = { profileId: "prof_u", profile: { ...profile, lineAccounts } };
    const plan = planIdentify(given, { ...nobody, user });
    expect(plan).toMatchObject({
      target: user,
      claims: [],
      link: { kind: "parked", reason: "too_many_links" },
    });
  });
});

describe("a call with an anonymous id", () => {
  it("names the person who was anonymous so far", () => {
    const anon = owner("prof_a");
    const plan = planIdentify({ user: "u1", line: undefined, anon: "a1" }, { ...nobody, anon });
    expect(plan).toMatchObject({ target: anon, claims: ["user"], mergePending: false });
  });

  it("leaves a shared device with the person it belongs to", () => {
    const anon = owner("prof_a", "u2");
    const plan = planIdentify({ user: "u1", line: undefined, anon: "a1" }, { ...nobody, anon });
    expect(plan).toMatchObject({ target: undefined, claims: ["user"], mergePending: false });
  });

  it("waits for a merge when the known person was anonymous elsewhere", () => {
    const user = owner("prof_u", "u1");
    const plan = planIdentify(
      { user: "u1", line: undefined, anon: "a1" },
      { ...nobody, user, anon: owner("prof_a") },
    );
    expect(plan).toMatchObject({ target: user, claims: [], mergePending: true });
  });

  it("links a LINE ID to whoever the anonymous id means", () => {
    const anon = owner("prof_a", "u2");
    const plan = planIdentify({ user: undefined, line, anon: "a1" }, { ...nobody, anon });
    expect(plan).toMatchObject({ target: anon, claims: ["line"], link: linked });
  });
});
