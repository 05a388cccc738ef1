import { lineAlias, personCommands } from "@yubin/types";

import {
  bringTogether,
  hasMoved,
  keepProof,
  mayDoNow,
  type ApplyIdentifyDeps,
  type Decided,
} from "./apply-identify.ts";
import type { Draft } from "./draft.ts";
import type { EventReason, InboxEvent } from "./inbox-event.ts";
import { linkAccount } from "./link-account.ts";
import { planIdentify } from "./plan-identify.ts";
import type { Profile } from "./profile.ts";

/** Links a LINE ID to the person whom a proof names. */
export const applyLink = (deps: ApplyIdentifyDeps, event: InboxEvent): Decided => {
  const { draft, rules } = deps;
  const parsed = personCommands.link.safeParse(event.body);
  if (!parsed.success) return ended(draft, event, "event_shape");
  const { profileId, provider, lineUserId, proof } = parsed.data;
  const target = draft.ownerById(profileId);
  if (!target) return ended(draft, event, whyGone(draft, profileId));

  const line = { provider, lineUserId };
  const alias = lineAlias(provider, lineUserId);
  const names = { user: undefined, anon: undefined, line };
  const owners = {
    // The person is meant by id, which stands in the place of an external id.
    user: target,
    anon: undefined,
    line: draft.ownerOf(event.workspaceId, alias),
  };
  const plan = planIdentify(names, owners, { ...rules, provenAt: event.occurredAt });
  if (!mayDoNow(draft, plan, { workspaceId: event.workspaceId, line: alias })) return "later";
  const { homeId, profile } = bringTogether(deps, {
    plan,
    names: new Map([["line", alias]]),
    call: { names, proof },
    event,
  });
  keepProof(deps, { plan, line: alias, event });
  const isLinked = plan.link.kind === "linked" || plan.link.kind === "moved";
  if (isLinked) {
    const told = { provider, lineUserId, proof: { kind: proof, at: event.occurredAt } };
    const lineAccounts = linkAccount(profile.lineAccounts, told);
    draft.put(lineAccounts === profile.lineAccounts ? profile : { ...profile, lineAccounts });
  } else draft.put(profile);
  const reason = {
    linked: null,
    moved: "line_id_moved",
    outdated: "proof_outdated",
    conflict: "conflict_pending",
    no_room: "too_many_links",
  } as const;
  draft.end({
    event,
    state: "applied",
    reason: hasMoved(draft, event, alias) ? "line_id_moved" : reason[plan.link.kind],
    profileId: homeId,
  });
  return "decided";
};

/** Takes a LINE ID from a person: it becomes somebody of its own, whom nobody knows by name. */
export const applyUnlink = (
  { draft, newProfileId }: Omit<ApplyIdentifyDeps, "rules">,
  event: InboxEvent,
): Decided => {
  const parsed = personCommands.unlink.safeParse(event.body);
  if (!parsed.success) return ended(draft, event, "event_shape");
  const { profileId, provider, lineUserId } = parsed.data;
  const person = draft.ownerById(profileId);
  if (!person) return ended(draft, event, whyGone(draft, profileId));

  const alias = lineAlias(provider, lineUserId);
  const isDone = draft.held(event.workspaceId, alias)?.movedBy === event.id;
  const holder = draft.ownerOf(event.workspaceId, alias);
  if (!isDone && holder?.profileId !== person.profileId) return ended(draft, event, "not_linked");
  if (!isDone && !draft.mayMove(event.workspaceId, alias)) return "later";
  // It leads to nobody but itself: taken from them, it would leave somebody behind whom nothing leads to.
  if (!isDone && isAlone(person.profile)) return ended(draft, event, "not_linked");
  if (!isDone) draft.move(alias, { homeId: newProfileId(), proof: "unlinked", event });
  draft.unlinked({ workspaceId: event.workspaceId, provider, lineUserId });
  draft.end({ event, state: "applied", reason: null, profileId });
  return "decided";
};

/** Known by one LINE ID and by no external id. */
export const isAlone = (profile: Profile | undefined): boolean =>
  profile?.externalIds.length === 0 && profile.lineAccounts.length <= 1;

/** Why somebody whom a command names is not there. */
export const whyGone = (draft: Draft, profileId: string): EventReason =>
  draft.live(profileId).profile ? "profile_erased" : "profile_unknown";

/** Of a command that has no effect. */
export const ended = (draft: Draft, event: InboxEvent, reason: EventReason): Decided => {
  const state = reason === "event_shape" ? "quarantined" : "ignored";
  draft.end({ event, state, reason, profileId: null });
  return "decided";
};
