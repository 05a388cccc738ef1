import { trackFacts, type AliasName } from "@yubin/types";

import type { Decided } from "./apply-identify.ts";
import { ended } from "./apply-link.ts";
import { mergeOwners, type MergeDeps } from "./apply-merge.ts";
import type { InboxEvent } from "./inbox-event.ts";
import type { Owner } from "./owner.ts";
import { isTakenBack } from "./plan-identify.ts";

/**
 * Segment's alias: two names of one person, said outright. A name that nobody has yet becomes the person's; where the
 * person has an external id already and the name is one, it is somebody's first, and then the two are merged: a name
 * that leads to somebody with other ids counts as one that came too late, and would be taken back by whoever says it.
 */
export const applyAlias = (deps: MergeDeps, event: InboxEvent): Decided => {
  const { draft } = deps;
  const { workspaceId } = event;
  const parsed = trackFacts.alias.safeParse(event.body);
  if (!parsed.success) return ended(draft, event, "event_shape");
  const { userId, previousId } = parsed.data;
  const user = draft.ownerOf(workspaceId, { kind: "user", value: userId });
  const former = draft.ownerOf(workspaceId, { kind: "user", value: previousId });
  const anon = draft.ownerOf(workspaceId, { kind: "anon", value: previousId });
  const takenBack = [
    ...(user && isTakenBack(user, userId) ? [user] : []),
    ...(former && isTakenBack(former, previousId) ? [former] : []),
  ];
  if (!takenBack.every((owner) => draft.mayTakeFrom(owner))) return "later";

  const previous = hasId(former, previousId) ? former : withProfile(anon);
  const target = hasId(user, userId) ? user : chooseTarget({ user, anon, previous });
  const homeId = target?.homeId ?? deps.newProfileId();
  const into = { homeId, profileId: target?.profileId ?? homeId };
  lead(deps, { name: { kind: "user", value: userId }, owner: user, into, event });
  // A browser of its own is left alone where the previous id is somebody's external id.
  if (!previous || withoutProfile(anon))
    lead(deps, { name: { kind: "anon", value: previousId }, owner: anon, into, event });
  if (target && hasId(target, userId) && previous)
    return mergeOwners(deps, { from: previous, into: target, askedBy: "alias", event });

  const profile = draft.profile(into.profileId, workspaceId);
  draft.put(
    profile.externalIds.includes(userId)
      ? profile
      : { ...profile, externalId: userId, externalIds: [...profile.externalIds, userId] },
  );
  if (previous && previous.profileId !== into.profileId) return "later";
  draft.end({ event, state: "applied", reason: null, profileId: homeId });
  return "decided";
};

const hasId = (owner: Owner | undefined, id: string): boolean =>
  owner?.profile?.externalIds.includes(id) ?? false;

const withProfile = (owner: Owner | undefined): Owner | undefined =>
  owner?.profile ? owner : undefined;

const withoutProfile = (owner: Owner | undefined): Owner | undefined =>
  owner?.profile ? undefined : owner;

const nameless = (owner: Owner | undefined): Owner | undefined =>
  owner?.profile?.externalIds.length === 0 ? owner : undefined;

interface Choice {
  readonly user: Owner | undefined;
  readonly anon: Owner | undefined;
  readonly previous: Owner | undefined;
}

/** Who gets an external id that nobody has: never somebody who has another one. */
const chooseTarget = ({ user, anon, previous }: Choice): Owner | undefined => {
  // Of ids whose profile is still to be made everybody takes the same one, as for an identify call.
  const [toBeMade] = [withoutProfile(user), previous ? undefined : withoutProfile(anon)]
    .filter((owner) => owner !== undefined)
    .toSorted((one, other) => (one.profileId < other.profileId ? -1 : 1));
  return nameless(user) ?? nameless(previous) ?? toBeMade;
};

interface Lead {
  readonly name: AliasName;
  readonly owner: Owner | undefined;
  readonly into: Pick<Owner, "homeId" | "profileId">;
  readonly event: InboxEvent;
}

/** Makes a name lead to the person, with everything else that leads to a profile that is still to be made. */
const lead = ({ draft }: Pick<MergeDeps, "draft">, { name, owner, into, event }: Lead): void => {
  if (owner?.profileId === into.profileId) return;
  if (withoutProfile(owner)) draft.redirect(event.workspaceId, owner?.profileId ?? "", into.homeId);
  draft.claim(name, { homeId: into.homeId, proof: "server_key", event });
};
