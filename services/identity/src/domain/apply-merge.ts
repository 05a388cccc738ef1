import { personCommands, trackFacts } from "@yubin/types";

import type { ApplyIdentifyDeps, Decided } from "./apply-identify.ts";
import { ended, whyGone } from "./apply-link.ts";
import { isTooMuch } from "./hold-merge.ts";
import type { InboxEvent } from "./inbox-event.ts";
import type { AskedBy } from "./merge.ts";
import type { Owner } from "./owner.ts";

type MergeDeps = Omit<ApplyIdentifyDeps, "rules">;

/** Makes two people one because somebody asked for it, also where each has an external id of its own. */
export const applyMerge = (deps: MergeDeps, event: InboxEvent): Decided => {
  const parsed = personCommands.merge.safeParse(event.body);
  if (!parsed.success) return ended(deps.draft, event, "event_shape");
  const from = deps.draft.ownerById(parsed.data.from);
  const into = deps.draft.ownerById(parsed.data.into);
  if (!from || !into)
    return ended(
      deps.draft,
      event,
      whyGone(deps.draft, from ? parsed.data.into : parsed.data.from),
    );
  return mergeOwners(deps, { from, into, askedBy: "merge", event });
};

/** Segment's alias: two names of one person, said outright. A name that nobody has yet becomes the person's. */
export const applyAlias = (deps: MergeDeps, event: InboxEvent): Decided => {
  const { draft, newProfileId } = deps;
  const { workspaceId } = event;
  const parsed = trackFacts.alias.safeParse(event.body);
  if (!parsed.success) return ended(draft, event, "event_shape");
  const userName = { kind: "user", value: parsed.data.userId } as const;
  const anonName = { kind: "anon", value: parsed.data.previousId } as const;
  const known = ownerWithProfile(draft.ownerOf(workspaceId, userName));
  const previous =
    ownerWithProfile(draft.ownerOf(workspaceId, { ...anonName, kind: "user" })) ??
    ownerWithProfile(draft.ownerOf(workspaceId, anonName));
  if (known && previous)
    return mergeOwners(deps, { from: previous, into: known, askedBy: "alias", event });

  const homeId = (known ?? previous)?.homeId ?? newProfileId();
  const profile = draft.profile((known ?? previous)?.profileId ?? homeId, workspaceId);
  if (!known) draft.claim(userName, { homeId, proof: "server_key", event });
  if (!previous) draft.claim(anonName, { homeId, proof: "server_key", event });
  const { userId } = parsed.data;
  draft.put(
    profile.externalIds.includes(userId)
      ? profile
      : { ...profile, externalId: userId, externalIds: [...profile.externalIds, userId] },
  );
  draft.end({ event, state: "applied", reason: null, profileId: homeId });
  return "decided";
};

const ownerWithProfile = (owner: Owner | undefined): Owner | undefined =>
  owner?.profile ? owner : undefined;

interface MergeOwners {
  readonly from: Owner;
  readonly into: Owner;
  readonly askedBy: AskedBy;
  readonly event: InboxEvent;
}

/** Merges whatever the two were told apart for; whoever asks has looked at them. */
export const mergeOwners = (
  { draft }: Pick<MergeDeps, "draft">,
  { from, into, askedBy, event }: MergeOwners,
): Decided => {
  const { workspaceId } = event;
  if (from.profileId === into.profileId) {
    draft.end({ event, state: "applied", reason: "already_same", profileId: into.homeId });
    return "decided";
  }
  if (!draft.mayMerge([from.profileId, into.profileId])) return "later";
  const one = draft.profile(into.profileId, workspaceId);
  const other = draft.profile(from.profileId, workspaceId);
  if (isTooMuch([one, other])) {
    draft.end({ event, state: "ignored", reason: "limit_exceeded", profileId: into.homeId });
    return "decided";
  }
  draft.merge({ profiles: [one, other], primaryId: one.id, askedBy, event });
  draft.end({ event, state: "applied", reason: null, profileId: into.homeId });
  return "decided";
};
