import { lineAlias, type AliasName } from "@yubin/types";

import type { Draft } from "./draft.ts";
import type { EventReason, InboxEvent } from "./inbox-event.ts";
import { linkAccount } from "./link-account.ts";
import { planIdentify, type IdentifyPlan, type NamesGiven } from "./plan-identify.ts";
import type { Profile } from "./profile.ts";
import { readIdentify, type Identify } from "./read-identify.ts";
import { setTraits } from "./set-traits.ts";

export interface ApplyIdentifyDeps {
  readonly draft: Draft;
  readonly newProfileId: () => string;
}

/** Brings an identify call to the person it means: names, external id, LINE ID, traits. */
export const applyIdentify = ({ draft, newProfileId }: ApplyIdentifyDeps, event: InboxEvent) => {
  const call = readIdentify(event);
  if (!call)
    return draft.end({ event, state: "quarantined", reason: "event_shape", profileId: null });
  const names = namesOf(call.names);
  if (names.size === 0)
    return draft.end({ event, state: "ignored", reason: "nobody_named", profileId: null });

  const { workspaceId } = event;
  const ownerOf = (name: keyof NamesGiven) => {
    const alias = names.get(name);
    return alias && draft.ownerOf(workspaceId, alias);
  };
  const plan = planIdentify(call.names, {
    user: ownerOf("user"),
    line: ownerOf("line"),
    anon: ownerOf("anon"),
  });
  const profileId = plan.target?.profileId ?? newProfileId();
  for (const from of plan.redirects) draft.redirect(workspaceId, from, profileId);
  for (const name of plan.claims) {
    const alias = names.get(name);
    if (alias) draft.claim(alias, { profileId, proof: "server_key", event });
  }
  const known = draft.profile(profileId, workspaceId);
  const { profile, left } = described(known, { call, plan, event });
  draft.put(profile);
  claimEmail(draft, { call, profile, event });
  draft.end({ event, state: "applied", reason: reasonOf(plan, left), profileId });
};

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
  const { line, user } = call.names;
  const { left, traits, traitTimes } = setTraits(known, call.traits, event.occurredAt);
  const externalId = known.externalId ?? user ?? null;
  const lineAccounts =
    line && plan.link.kind === "linked"
      ? linkAccount(known.lineAccounts, {
          ...line,
          proof: { kind: "server_key", at: event.occurredAt },
        })
      : known.lineAccounts;
  const same =
    traits === known.traits &&
    externalId === known.externalId &&
    lineAccounts === known.lineAccounts;
  return {
    profile: same ? known : { ...known, traits, traitTimes, externalId, lineAccounts },
    left,
  };
};

const claimEmail = (
  draft: Draft,
  { call, profile, event }: { call: Identify; profile: Profile; event: InboxEvent },
): void => {
  const alias = emailAlias(call);
  // An address that a newer call has replaced already is not this person's any more.
  if (!alias || profile.traits["email"] !== call.traits["email"]) return;
  if (draft.ownerOf(event.workspaceId, alias)) return;
  draft.claim(alias, { profileId: profile.id, proof: "trait", event });
};

const reasonOf = (
  { link, mergePending }: IdentifyPlan,
  left: readonly string[],
): EventReason | null => {
  if (link.kind === "parked") return link.reason;
  if (mergePending) return "merge_pending";
  return left.length > 0 ? "limit_exceeded" : null;
};
