import { lineAlias, type AliasName } from "@yubin/types";

import type { Draft } from "./draft.ts";
import type { EventReason, InboxEvent } from "./inbox-event.ts";
import { keepAddress } from "./keep-address.ts";
import { linkAccount } from "./link-account.ts";
import type { MergeRules } from "./hold-merge.ts";
import type { AskedBy } from "./merge.ts";
import { planIdentify, type IdentifyPlan, type NamesGiven } from "./plan-identify.ts";
import type { Profile } from "./profile.ts";
import { readIdentify, type Identify } from "./read-identify.ts";
import { told } from "./tell-person.ts";

export interface ApplyIdentifyDeps {
  readonly draft: Draft;
  readonly rules: MergeRules;
  readonly newProfileId: () => string;
}

/** `later`: it needs profiles that are only in the draft, so it waits until they are stored. */
export type Decided = "decided" | "later";

/** Brings an identify call to the person it means: names, external id, LINE ID, traits. */
export const applyIdentify = (deps: ApplyIdentifyDeps, event: InboxEvent): Decided => {
  const { draft, rules } = deps;
  const call = readIdentify(event);
  if (!call) return ended(draft, event, { state: "quarantined", reason: "event_shape" });
  const names = namesOf(call.names);
  if (names.size === 0) return ended(draft, event, { state: "ignored", reason: "nobody_named" });

  const ownerOf = (name: keyof NamesGiven) => {
    const alias = names.get(name);
    return alias && draft.ownerOf(event.workspaceId, alias);
  };
  const owners = { user: ownerOf("user"), line: ownerOf("line"), anon: ownerOf("anon") };
  const plan = planIdentify(call.names, owners, { ...rules, provenAt: event.occurredAt });
  const { workspaceId } = event;
  if (!mayDoNow(draft, plan, { workspaceId, line: names.get("line") })) return "later";

  const { homeId, profile: known } = bringTogether(deps, { plan, names, call, event });
  keepProof(deps, { plan, line: names.get("line"), event });
  const { profile, left } = described(known, { call, plan, event });
  draft.put(profile);
  if (Object.hasOwn(call.traits, "email"))
    keepAddress(draft, { before: known, after: profile, homeId, event });
  const reason = hasMoved(draft, event, names.get("line")) ? "line_id_moved" : reasonOf(plan, left);
  draft.end({ event, state: "applied", reason, profileId: homeId });
  return "decided";
};

const ended = (
  draft: Draft,
  event: InboxEvent,
  end: { readonly state: "quarantined" | "ignored"; readonly reason: EventReason },
): Decided => {
  draft.end({ event, ...end, profileId: null });
  return "decided";
};

/** Whether the plan can be carried out in this draft. */
export const mayDoNow = (
  draft: Draft,
  { target, takenBack, merges, link }: IdentifyPlan,
  { workspaceId, line }: { readonly workspaceId: string; readonly line: AliasName | undefined },
): boolean =>
  (merges.length === 0 ||
    draft.mayMerge([target, ...merges].map((owner) => owner?.profileId ?? ""))) &&
  (takenBack === undefined || draft.mayTakeFrom(takenBack)) &&
  (link.kind !== "moved" || !line || draft.mayMove(workspaceId, line));

interface Meeting {
  readonly plan: IdentifyPlan;
  readonly names: ReadonlyMap<keyof NamesGiven, AliasName>;
  readonly call: Pick<Identify, "names" | "proof">;
  readonly event: InboxEvent;
  readonly askedBy?: AskedBy;
}

/** Claims the names, merges who turns out to be the same, and keeps what is in dispute for people to decide. */
export const bringTogether = (
  { draft, newProfileId }: Omit<ApplyIdentifyDeps, "rules">,
  { plan, names, call, event, askedBy = "identify" }: Meeting,
): { readonly homeId: string; readonly profile: Profile } => {
  const { workspaceId } = event;
  const { proof } = call;
  const homeId = plan.target?.homeId ?? newProfileId();
  const liveId = plan.target?.profileId ?? homeId;
  for (const from of plan.redirects) draft.redirect(workspaceId, from, homeId);
  for (const name of plan.claims) {
    const alias = names.get(name);
    if (alias) draft.claim(alias, { homeId, proof, event });
  }
  let profile = draft.profile(liveId, workspaceId);
  if (plan.merges.length > 0) {
    const others = plan.merges.map(({ profileId }) => draft.profile(profileId, workspaceId));
    profile = draft.merge({ profiles: [profile, ...others], askedBy, event });
  }
  const line = names.get("line");
  if (line && plan.link.kind === "moved") {
    draft.put(profile); // the account needs somebody to come to
    draft.move(line, { homeId, proof, event });
    profile = draft.profile(profile.id, workspaceId);
  }
  const dispute = { workspaceId, claimantId: homeId, proof, event, isDecided: false };
  if (plan.link.kind === "conflict") {
    const { because, holder } = plan.link;
    const lineId = call.names.line ?? null;
    draft.conflict({ ...dispute, kind: "line_id", lineId, because, holderId: holder.homeId });
  }
  if (plan.held) {
    const { because, owner } = plan.held;
    draft.conflict({ ...dispute, kind: "merge", lineId: null, because, holderId: owner.homeId });
  }
  return { homeId, profile };
};

/** Where the last proof wins it must be known which that is, also of who has the LINE ID already. */
export const keepProof = (
  { draft, rules }: Pick<ApplyIdentifyDeps, "draft" | "rules">,
  { plan, line, event }: { plan: IdentifyPlan; line: AliasName | undefined; event: InboxEvent },
): void => {
  if (line && plan.link.kind === "linked" && rules.conflictPolicy === "last_proof_wins")
    draft.prove(event.workspaceId, line, event.occurredAt);
};

/** True also where an earlier try has written it, of which this one finds only the result. */
export const hasMoved = (draft: Draft, event: InboxEvent, line: AliasName | undefined): boolean =>
  line !== undefined && draft.held(event.workspaceId, line)?.movedBy === event.id;

/** The aliases of a call, in the order in which they are claimed. */
export const namesOf = ({ line, user, anon }: NamesGiven): Map<keyof NamesGiven, AliasName> => {
  const names = new Map<keyof NamesGiven, AliasName>();
  if (line !== undefined) names.set("line", lineAlias(line.provider, line.lineUserId));
  if (user !== undefined) names.set("user", { kind: "user", value: user });
  if (anon !== undefined) names.set("anon", { kind: "anon", value: anon });
  return names;
};

/** The alias of the address that a call gives as a trait; it is attached where it is free, and never tells who is meant. */
export const emailAlias = ({ email }: Identify): AliasName | undefined =>
  email === undefined ? undefined : { kind: "email", value: email };

const described = (
  known: Profile,
  { call, plan, event }: { call: Identify; plan: IdentifyPlan; event: InboxEvent },
): { profile: Profile; left: readonly string[] } => {
  const { line } = call.names;
  const { profile, left } = told(known, call, event.occurredAt);
  const isLinked = plan.link.kind === "linked" || plan.link.kind === "moved";
  const lineAccounts =
    line && isLinked
      ? linkAccount(profile.lineAccounts, {
          ...line,
          proof: { kind: call.proof, at: event.occurredAt },
        })
      : profile.lineAccounts;
  return {
    profile: lineAccounts === profile.lineAccounts ? profile : { ...profile, lineAccounts },
    left,
  };
};

const reasonOf = ({ link, held }: IdentifyPlan, left: readonly string[]): EventReason | null => {
  if (link.kind === "conflict") return "conflict_pending";
  if (link.kind === "no_room") return "too_many_links";
  if (link.kind === "moved") return "line_id_moved";
  if (link.kind === "outdated") return "proof_outdated";
  if (held) return "merge_pending";
  return left.length > 0 ? "limit_exceeded" : null;
};
