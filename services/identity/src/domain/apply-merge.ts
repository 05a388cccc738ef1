import { personCommands } from "@yubin/types";

import type { ApplyIdentifyDeps, Decided } from "./apply-identify.ts";
import { ended, whyGone } from "./apply-link.ts";
import { isTooMuch } from "./hold-merge.ts";
import type { InboxEvent } from "./inbox-event.ts";
import type { AskedBy } from "./merge.ts";
import type { Owner } from "./owner.ts";

export type MergeDeps = Omit<ApplyIdentifyDeps, "rules">;

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
