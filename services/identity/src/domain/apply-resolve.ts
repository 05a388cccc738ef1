import { lineAlias, personCommands } from "@yubin/types";

import type { ApplyIdentifyDeps, Decided } from "./apply-identify.ts";
import { ended, isAlone } from "./apply-link.ts";
import { mergeOwners } from "./apply-merge.ts";
import type { Conflict } from "./conflict.ts";
import type { Draft } from "./draft.ts";
import type { InboxEvent } from "./inbox-event.ts";
import { linkAccount } from "./link-account.ts";
import type { Owner } from "./owner.ts";

export interface ApplyResolveDeps extends Omit<ApplyIdentifyDeps, "rules"> {
  /** Those that the events of this draft name. */
  readonly conflicts: ReadonlyMap<string, Conflict>;
}

/**
 * Gives a LINE ID in dispute to the one whom people chose, who may be the holder. Where two profiles are in question,
 * choosing the holder leaves them apart and choosing the other makes them one.
 */
export const applyResolve = (deps: ApplyResolveDeps, event: InboxEvent): Decided => {
  const { draft } = deps;
  const parsed = personCommands.resolve.safeParse(event.body);
  if (!parsed.success) return ended(draft, event, "event_shape");
  const conflict = deps.conflicts.get(parsed.data.conflictId);
  if (!conflict) return ended(draft, event, "not_found");
  const chosen = draft.ownerById(parsed.data.to);
  const holder = draft.ownerById(conflict.holderId);
  const isParty = [conflict.holderId, ...conflict.claimantIds].some(
    (id) => draft.ownerById(id)?.profileId === chosen?.profileId,
  );
  if (!chosen || !isParty) return ended(draft, event, "not_a_claimant");

  if (conflict.kind === "merge" && holder && chosen.profileId !== holder.profileId) {
    const merged = mergeOwners(deps, { from: holder, into: chosen, askedBy: "resolve", event });
    if (merged === "decided") draft.resolve({ conflict, to: chosen.homeId, event });
    return merged;
  }
  const of = lineOwner(draft, conflict, event);
  // Somebody who is nothing but this LINE ID is the person whom it is given to.
  if (of && of.profileId !== chosen.profileId && isAlone(of.profile)) {
    const merged = mergeOwners(deps, { from: of, into: chosen, askedBy: "resolve", event });
    if (merged === "decided") draft.resolve({ conflict, to: chosen.homeId, event });
    return merged;
  }
  if (!mayResolve(deps, { conflict, chosen, event })) return "later";
  if (conflict.kind === "merge") keepApart(deps, conflict);
  if (conflict.lineId) {
    const { provider, lineUserId } = conflict.lineId;
    const alias = lineAlias(provider, lineUserId);
    const owner = draft.ownerOf(event.workspaceId, alias);
    if (owner?.profileId !== chosen.profileId)
      draft.move(alias, { homeId: chosen.homeId, proof: "resolved", event });
    // Whoever decides does so with a server's key.
    const proof = { kind: "server_key", at: event.occurredAt } as const;
    const profile = draft.profile(chosen.profileId, event.workspaceId);
    const lineAccounts = linkAccount(profile.lineAccounts, { provider, lineUserId, proof });
    if (lineAccounts !== profile.lineAccounts) draft.put({ ...profile, lineAccounts });
  }
  draft.resolve({ conflict, to: chosen.homeId, event });
  draft.end({ event, state: "applied", reason: null, profileId: chosen.homeId });
  return "decided";
};

const lineOwner = (draft: Draft, { lineId }: Conflict, event: InboxEvent): Owner | undefined => {
  if (!lineId) return undefined;
  return draft.ownerOf(event.workspaceId, lineAlias(lineId.provider, lineId.lineUserId));
};

const mayResolve = (
  { draft }: ApplyResolveDeps,
  of: { readonly conflict: Conflict; readonly chosen: Owner; readonly event: InboxEvent },
): boolean => {
  if (!of.conflict.lineId) return true;
  const { workspaceId } = of.event;
  const alias = lineAlias(of.conflict.lineId.provider, of.conflict.lineId.lineUserId);
  const owner = draft.ownerOf(workspaceId, alias);
  return owner?.profileId === of.chosen.profileId || draft.mayMove(workspaceId, alias);
};

/** Remembered, or the next call with both names would ask again. */
const keepApart = ({ draft }: ApplyResolveDeps, conflict: Conflict): void => {
  for (const claimantId of conflict.claimantIds) {
    const one = draft.ownerById(conflict.holderId)?.profile;
    const other = draft.ownerById(claimantId)?.profile;
    if (!one || !other || one.id === other.id) continue;
    draft.put({ ...one, notSameAs: [...new Set([...one.notSameAs, claimantId])] });
    draft.put({ ...other, notSameAs: [...new Set([...other.notSameAs, conflict.holderId])] });
  }
};
