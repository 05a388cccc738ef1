import { limits } from "@yubin/types";

import type { Owner } from "./draft.ts";

/** Who owns the names that a call gives; undefined where nobody does. */
export interface NamedOwners {
  readonly user: Owner | undefined;
  readonly line: Owner | undefined;
  readonly anon: Owner | undefined;
}

type Name = keyof NamedOwners;

/** What becomes of the LINE ID that a call gives. */
export type LineLink =
  | { readonly kind: "linked" }
  | {
      readonly kind: "parked";
      readonly reason: "merge_pending" | "conflict_pending" | "too_many_links";
    };

export interface IdentifyPlan {
  /** The person who is meant; undefined for one we have not met. */
  readonly target: Owner | undefined;
  /** The names that are to lead to the target. */
  readonly claims: readonly Name[];
  /** Ids without a profile that are to lead to the target. */
  readonly redirects: readonly string[];
  readonly link: LineLink;
  /** The anonymous id belongs to another nameless profile. */
  readonly mergePending: boolean;
}

export interface NamesGiven {
  /** The external id. */
  readonly user: string | undefined;
  readonly line: { readonly provider: string; readonly lineUserId: string } | undefined;
  readonly anon: string | undefined;
}

/**
 * Decides whom a call means and which of its names may lead there. A LINE profile without external id becomes the
 * caller's person; two profiles are never made one here, and nobody's LINE ID is moved by guessing.
 */
export const planIdentify = (given: NamesGiven, found: NamedOwners): IdentifyPlan => {
  const owners = { ...found, user: isTakenBack(found.user, given.user) ? undefined : found.user };
  const target = chooseTarget(given, owners);
  const claims: Name[] = [];
  const redirects: string[] = [];
  let link: LineLink = { kind: "linked" };
  let mergePending = false;

  for (const name of ["line", "user", "anon"] as const) {
    const owner = owners[name];
    if (given[name] === undefined || (owner && owner.profileId === target?.profileId)) continue;
    if (owner?.profile && name === "line")
      link = { kind: "parked", reason: parkReason(owner, given, target) };
    else if (owner?.profile) mergePending = !areStrangers(owner, given, target);
    else if (name === "line" && hasNoRoom(target))
      link = { kind: "parked", reason: "too_many_links" };
    else {
      claims.push(name);
      if (owner) redirects.push(owner.profileId);
    }
  }
  return { target, claims, redirects, link, mergePending };
};

/** Two calls wanted one nameless profile for different external ids; this one's alias came too late to it. */
const isTakenBack = (owner: Owner | undefined, user: string | undefined): boolean => {
  const holder = owner?.profile?.externalId ?? null;
  return holder !== null && holder !== user;
};

const chooseTarget = (given: NamesGiven, owners: NamedOwners): Owner | undefined => {
  const mayBe = (owner: Owner | undefined): boolean =>
    owner?.profile !== undefined &&
    (given.user === undefined ||
      owner.profile.externalId === null ||
      owner.profile.externalId === given.user);

  if (owners.user?.profile) return owners.user;
  if (mayBe(owners.line)) return owners.line;
  if (mayBe(owners.anon)) return owners.anon;
  // Of ids whose profile is still to be made everybody takes the same one, so that pointers cannot form a circle.
  return [owners.user, owners.line, owners.anon]
    .filter((owner) => owner !== undefined && !owner.profile)
    .sort((one, other) => ((one?.profileId ?? "") < (other?.profileId ?? "") ? -1 : 1))[0];
};

const hasNoRoom = (target: Owner | undefined): boolean =>
  (target?.profile?.lineAccounts.length ?? 0) >= limits.lineAccountsMax;

const parkReason = (
  owner: Owner,
  given: NamesGiven,
  target: Owner | undefined,
): "merge_pending" | "conflict_pending" =>
  areStrangers(owner, given, target) ? "conflict_pending" : "merge_pending";

/** Known to be two people: each has an external id of its own. */
const areStrangers = (owner: Owner, given: NamesGiven, target: Owner | undefined): boolean => {
  const one = given.user ?? target?.profile?.externalId ?? null;
  const other = owner.profile?.externalId ?? null;
  return one !== null && other !== null && one !== other;
};
