import { limits } from "@yubin/types";

import { holdMerge, type HoldReason, type MergeRules } from "./hold-merge.ts";
import { findAccount, isProof } from "./link-account.ts";
import type { Owner } from "./owner.ts";

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
  /** It comes from another known person, as the workspace's rule is. */
  | { readonly kind: "moved" }
  /** The other known person proved it later, though that was told first. */
  | { readonly kind: "outdated" }
  | { readonly kind: "conflict"; readonly because: HoldReason; readonly holder: Owner }
  | { readonly kind: "no_room" };

export interface IdentifyPlan {
  /** The person who is meant; undefined for one we have not met. */
  readonly target: Owner | undefined;
  /** Who has the external id that was given, and is somebody else: it is taken from them. */
  readonly takenBack: Owner | undefined;
  /** The names that are to lead to the target. */
  readonly claims: readonly Name[];
  /** Ids without a profile that are to lead to the target. */
  readonly redirects: readonly string[];
  /** Other people who turn out to be the same. */
  readonly merges: readonly Owner[];
  readonly link: LineLink;
  /** An anonymous person who seems to be the same, but is not merged by itself. */
  readonly held: { readonly owner: Owner; readonly because: HoldReason } | undefined;
}

export interface NamesGiven {
  /** The external id. */
  readonly user: string | undefined;
  readonly line: { readonly provider: string; readonly lineUserId: string } | undefined;
  readonly anon: string | undefined;
}

export interface PlanRules extends MergeRules {
  /** When whoever calls knew that the names are of one person. */
  readonly provenAt: Date;
}

/**
 * Decides whom a call means and which of its names may lead there. A LINE profile without external id becomes the
 * caller's person, or is merged into the one there is; two people with external ids of their own are never made one
 * here, and nobody's LINE ID is moved by guessing.
 */
export const planIdentify = (
  given: NamesGiven,
  found: NamedOwners,
  rules: PlanRules,
): IdentifyPlan => {
  const takenBack = isTakenBack(found.user, given.user) ? found.user : undefined;
  const owners = { ...found, user: takenBack ? undefined : found.user };
  const target = chooseTarget(given, owners);
  const claims: Name[] = [];
  const redirects: string[] = [];
  const merges: Owner[] = [];
  let link: LineLink = { kind: "linked" };
  let held: IdentifyPlan["held"];

  for (const name of ["line", "user", "anon"] as const) {
    const owner = owners[name];
    if (given[name] === undefined || (owner && owner.profileId === target?.profileId)) continue;
    if (owner?.profile) {
      const because = holdMerge({ owner, target, user: given.user, merges }, rules);
      if (because === undefined) {
        if (merges.every(({ profileId }) => profileId !== owner.profileId)) merges.push(owner);
      } else if (name !== "line") {
        // Somebody else's device or browser, as a rule: nothing to ask people about.
        if (because !== "external_ids") held ??= { owner, because };
      } else link = lineTaken(given.line, owner, { because, target, rules });
    } else if (name === "line" && hasNoRoom(target)) link = { kind: "no_room" };
    else {
      claims.push(name);
      if (owner) redirects.push(owner.profileId);
    }
  }
  return { target, takenBack, claims, redirects, merges, link, held };
};

interface Dispute {
  readonly because: HoldReason;
  readonly target: Owner | undefined;
  readonly rules: PlanRules;
}

const lineTaken = (
  line: NamesGiven["line"],
  holder: Owner,
  { because, target, rules }: Dispute,
): LineLink => {
  // Whom people told apart only people bring together again.
  const mayMove = rules.conflictPolicy === "last_proof_wins" && because === "external_ids";
  if (!mayMove) return { kind: "conflict", because, holder };
  if (provenTimes(line, holder).some((at) => at > rules.provenAt)) return { kind: "outdated" };
  return hasNoRoom(target) ? { kind: "no_room" } : { kind: "moved" };
};

/** The name tells when it was last proved, where the workspace asks for that; the account when it was first. */
const provenTimes = (line: NamesGiven["line"], { profile, provenAt }: Owner): Date[] => {
  const account = line && findAccount(profile?.lineAccounts ?? [], line);
  const first = account && isProof(account.proof.kind) ? account.proof.at : undefined;
  return [first, provenAt].flatMap((at) => at ?? []);
};

/** Two calls wanted one nameless profile for different external ids; this one's alias came too late to it. */
export const isTakenBack = (owner: Owner | undefined, user: string | undefined): boolean => {
  const ids = owner?.profile?.externalIds ?? [];
  return user !== undefined && ids.length > 0 && !ids.includes(user);
};

const chooseTarget = (given: NamesGiven, owners: NamedOwners): Owner | undefined => {
  const mayBe = (owner: Owner | undefined): boolean => {
    const ids = owner?.profile?.externalIds;
    return (
      ids !== undefined &&
      (given.user === undefined || ids.length === 0 || ids.includes(given.user))
    );
  };

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
