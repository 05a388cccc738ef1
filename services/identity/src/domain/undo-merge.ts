import { Failure } from "@yubin/errors";
import { aliasKey, lineAlias, personCommands } from "@yubin/types";

import { finishSplit, type UndoDeps } from "./finish-split.ts";
import type { EventEnd, EventReason, InboxEvent } from "./inbox-event.ts";
import { liveOwner } from "./owner.ts";
import type { UndoableMerge } from "./people-store.ts";
import { familyOf, reachOf, type Profile } from "./profile.ts";
import { readFamilies } from "./read-known.ts";
import { retell } from "./retell.ts";
import { settleMerges } from "./settle-merge.ts";

/**
 * Undoes the newest merge of a person: both profiles are what they were, with what was told since under the names of
 * each. Begun is done: whoever meets a profile in the middle of it finishes it first.
 */
export const undoMerge = async (deps: UndoDeps, event: InboxEvent): Promise<EventEnd> => {
  const parsed = personCommands.undo.safeParse(event.body);
  if (!parsed.success) return end(event, "event_shape", null);
  const { mergeId } = parsed.data;
  await settleMerges(deps, event.workspaceId, [mergeId]);
  const merge = await deps.people.findMerge(event.workspaceId, mergeId);
  if (!merge) return end(event, "not_found", null);

  if (merge.undoneBy === event.id) {
    if (merge.state === "undoing") await carryOut(deps, merge, event);
    const after = await deps.people.findMerge(event.workspaceId, mergeId);
    return await ended(deps, { event, merge, reason: whyNot(after) });
  }
  const refused = async (reason: EventReason): Promise<EventEnd> =>
    await ended(deps, { event, merge, reason });
  if (merge.state !== "done" || !merge.survivorBefore) return await refused("not_undoable");
  if (event.occurredAt > merge.undoUntil) return await refused("undo_expired");
  if (!(await isNewest(deps, merge))) return await refused("undo_blocked");

  await deps.step?.("undo-begin");
  if (!(await deps.people.beginUndo(merge, event.id))) return await undoMerge(deps, event);
  return await ended(deps, { event, merge, reason: await carryOut(deps, merge, event) });
};

const whyNot = (after: UndoableMerge | undefined): EventReason | null =>
  after?.state === "undone" ? null : "undo_blocked";

interface Ended {
  readonly event: InboxEvent;
  readonly merge: UndoableMerge;
  readonly reason: EventReason | null;
}

/** Whatever else is in the way: nothing is said of a merge of somebody who was erased but that. */
const ended = async ({ people }: UndoDeps, { event, merge, reason }: Ended): Promise<EventEnd> => {
  const { workspaceId, into } = merge;
  const isErased = async (): Promise<boolean> => {
    const { profile } = liveOwner(await readFamilies(people, workspaceId, [into]), into);
    return Boolean(profile?.erasedAt ?? profile?.erasing);
  };
  return end(event, reason !== null && (await isErased()) ? "profile_erased" : reason, into);
};

const end = (
  event: InboxEvent,
  reason: EventReason | null,
  profileId: string | null,
): EventEnd => ({
  event,
  state: reason === null ? "applied" : reason === "event_shape" ? "quarantined" : "ignored",
  reason,
  profileId,
});

const roundsMax = 50;

/**
 * The reason why it cannot be carried out any more, or null once it is. Several may do this for one event, and each may
 * be slow: the journal says which version of the survivor anybody was about to take apart last, and it is cancelled only
 * where that version is past and nobody has begun with a later one.
 */
const carryOut = async (
  deps: UndoDeps,
  merge: UndoableMerge,
  event: InboxEvent,
): Promise<EventReason | null> => {
  const { people, step } = deps;
  for (let round = 0; round < roundsMax; round += 1) {
    const current = await people.findMerge(merge.workspaceId, merge.id);
    if (current?.state !== "undoing" || current.undoneBy !== event.id) return whyNot(current);
    const found = await findSides(deps, merge);
    if (found.is === "split") {
      const journal = await people.findMerge(merge.workspaceId, merge.id);
      if (journal) await finishSplit(deps, journal);
      return null;
    }
    if (found.is === "blocked") {
      const { survivor } = found;
      await step?.("undo-cancel");
      if (survivor?.version === current.loserAfterVersion) await outdate(people, survivor);
      else if (await people.cancelUndo(current, event.id)) return "undo_blocked";
      continue;
    }
    const apart = await takeApart(deps, merge, found);
    await step?.("undo-keep");
    const after = { loser: apart.loser, survivorVersion: found.survivor.version };
    if (!(await people.keepLoserAfter(merge, event.id, after))) continue;
    await step?.("undo-split");
    await people.updateProfiles([apart.survivor]);
  }
  throw new Failure("internal", "others kept writing about the same person");
};

/** Whoever is about to take this version apart comes too late. */
const outdate = async (people: UndoDeps["people"], survivor: Profile): Promise<void> => {
  await people.updateProfiles([{ ...survivor, version: survivor.version + 1 }]);
};

interface Sides {
  readonly survivor: Profile;
  readonly loser: Profile;
}

type Found =
  | (Sides & { readonly is: "one" })
  | { readonly is: "split" }
  | { readonly is: "blocked"; readonly survivor?: Profile };

const findSides = async (
  { people }: UndoDeps,
  { workspaceId, id, from, into }: UndoableMerge,
): Promise<Found> => {
  const profiles = await readFamilies(people, workspaceId, [from, into]);
  const loser = profiles.get(from);
  const survivor = profiles.get(into);
  if (!loser || !survivor) return { is: "blocked" };
  // Before anything else: what was taken apart stays so, whichever of the two was erased or merged since.
  if (loser.mergeId !== id || survivor.splitting.includes(id)) return { is: "split" };
  const isBlocked =
    loser.erasedAt !== null ||
    survivor.erasedAt !== null ||
    survivor.erasing !== null ||
    survivor.absorbing.length > 0 ||
    survivor.mergedInto !== null ||
    !isLast(survivor, loser);
  return isBlocked ? { is: "blocked", survivor } : { is: "one", survivor, loser };
};

const isNewest = async ({ people }: UndoDeps, merge: UndoableMerge): Promise<boolean> => {
  const profiles = await readFamilies(people, merge.workspaceId, [merge.from]);
  const loser = profiles.get(merge.from);
  const { profileId, profile } = liveOwner(profiles, merge.from);
  return loser !== undefined && profile !== undefined && profileId === merge.into
    ? isLast(profile, loser)
    : false;
};

/** The loser and whom it had absorbed are at the end of the list. */
const isLast = (survivor: Profile, loser: Profile): boolean => {
  const family = familyOf(loser);
  const last = survivor.mergedFrom.slice(-family.length);
  return family.every((id, place) => last[place] === id);
};

/** Each side as it was, with the facts since that were told under its own names, and the LINE accounts of those names. */
const takeApart = async (
  { people, now }: UndoDeps,
  merge: UndoableMerge,
  { survivor, loser }: Sides,
): Promise<Sides> => {
  const { workspaceId, survivorBefore } = merge;
  if (!survivorBefore) throw new Error("a merge without its journal cannot be undone");
  const family = familyOf(loser);
  const everybody = familyOf(survivor);
  const keys = new Map(
    survivor.lineAccounts.map((account) => [
      aliasKey(workspaceId, lineAlias(account.provider, account.lineUserId)),
      account,
    ]),
  );
  const homes = await people.findAliases(workspaceId, [...keys.keys()]);
  const isTheirs = (key: string): boolean => {
    const held = homes.get(key);
    // One that is on its way to somebody else is looked for where it came from.
    const isLeaving = held && held.movedFrom !== null && !everybody.includes(held.homeId);
    return family.includes((isLeaving ? held.movedFrom : held?.homeId) ?? "");
  };
  const accounts = (theirs: boolean) =>
    [...keys].filter(([key]) => isTheirs(key) === theirs).map(([, account]) => account);

  const facts = await people.findFacts(survivor, merge.startedAt);
  const retold = (base: Profile, theirs: boolean): Profile => {
    const ours = facts.filter(({ profileId }) => family.includes(profileId) === theirs);
    const profile = ours.reduce((known, { event }) => retell(known, event), base);
    const lineAccounts = accounts(theirs);
    return { ...profile, lineAccounts, ...reachOf(lineAccounts), updatedAt: now() };
  };
  return {
    survivor: {
      ...retold(survivorBefore, false),
      createdAt: survivor.createdAt,
      mergedInto: null,
      mergeId: null,
      erasing: null,
      erasedAt: null,
      mergedFrom: survivor.mergedFrom.slice(0, -family.length),
      splitting: [...survivor.splitting, merge.id],
      notSameAs: [...new Set([...survivorBefore.notSameAs, loser.id])],
      absorbing: [],
      mergeRate: survivor.mergeRate,
      recentFacts: survivor.recentFacts,
      version: survivor.version + 1,
    },
    loser: {
      ...retold(loser, true),
      mergedInto: null,
      mergeId: null,
      lendsExternalId: false,
      notSameAs: [...new Set([...loser.notSameAs, survivor.id])],
      version: loser.version + 1,
    },
  };
};
