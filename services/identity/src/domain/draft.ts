import { aliasKey, idFrom, type AliasName } from "@yubin/types";

import { absorb } from "./absorb.ts";
import { createChanges, type Changes } from "./changes.ts";
import type { NameWanted } from "./fetch-name.ts";
import type { EventEnd, InboxEvent } from "./inbox-event.ts";
import {
  accountOfAlias,
  liveOwner,
  moveAccount,
  type AliasHeld,
  type Known,
  type Owner,
} from "./owner.ts";
import { rateAfter } from "./hold-merge.ts";
import { isLinkProof, isProof } from "./link-account.ts";
import { byAge, type AskedBy, type Merge } from "./merge.ts";
import type { ConflictFound, LineIdUnlinked, MessageTrace, Resolution } from "./people-store.ts";
import { newProfile, type Profile } from "./profile.ts";

export interface ClaimAsked {
  readonly homeId: string;
  readonly proof: string;
  readonly event: InboxEvent;
}

export interface MergeAsked {
  /** Two or more; the oldest survives. */
  readonly profiles: readonly Profile[];
  /** Whose external id is shown afterwards, where several have one; the survivor's unless said. */
  readonly primaryId?: string;
  readonly askedBy: AskedBy;
  readonly event: InboxEvent;
}

/** What is known, with the effects of one event after the other; later events see those of earlier ones. */
export interface Draft {
  ownerOf(workspaceId: string, alias: AliasName): Owner | undefined;
  /** Whether an alias leads to somebody who is not erased. */
  isOwned(key: string): boolean;
  /** The owner by profile id, as commands name people; undefined where there is none, or none any more. */
  ownerById(profileId: string): Owner | undefined;
  /** The survivor of a profile; itself where it is merged into nobody. */
  live(profileId: string): Owner;
  /** What the alias' row says, whoever owns it. */
  held(workspaceId: string, alias: AliasName): AliasHeld | undefined;
  /** Makes an alias lead to a profile that it did not lead to so far. */
  claim(alias: AliasName, claim: ClaimAsked): void;
  /** Takes a name from somebody who has it no more, whichever of their profiles it leads to. */
  release(alias: AliasName, from: Profile): void;
  /** Gives a LINE ID with its account to another person. */
  move(alias: AliasName, claim: ClaimAsked): void;
  /** Notes that whoever has the name proved it again. */
  prove(workspaceId: string, alias: AliasName, at: Date): void;
  /** Takes names away that lead to somebody who was erased. */
  dropErased(keys: Iterable<string>): void;
  /** Makes an id without a profile lead to another one. */
  redirect(workspaceId: string, from: string, to: string): void;
  /** Makes profiles one and returns the survivor. They must be such that `mayMerge`. */
  merge(merge: MergeAsked): Profile;
  /** False while one of them is only in this draft, or has absorbed somebody in it: then that is stored first. */
  mayMerge(profileIds: readonly string[]): boolean;
  /**
   * False while it is only decided in this draft which external ids they have: a name is repointed before that is
   * written, and where it came to nothing, as they got the very id in between, two people would have it.
   */
  mayTakeFrom(owner: Owner): boolean;
  /**
   * False where the alias is on its way already, or another account was moved in this draft: the account is in one place
   * until all of a move is written, so the next one waits for that.
   */
  mayMove(workspaceId: string, alias: AliasName): boolean;
  /** False when there is more to finish of what others left half done; events wait for that. */
  readonly isWhole: boolean;
  /** The profile as it stands, or a new one. */
  profile(profileId: string, workspaceId: string): Profile;
  put(profile: Profile): void;
  conflict(conflict: ConflictFound): void;
  /** What is in dispute about a LINE ID that was just taken from somebody is over. */
  unlinked(lineId: LineIdUnlinked): void;
  resolve(resolution: Resolution): void;
  trace(trace: MessageTrace): void;
  end(end: EventEnd): void;
  wantName(wanted: NameWanted): void;
  changes(): Changes;
}

export interface DraftOptions {
  readonly now: Date;
  /** How long a merge can be undone. */
  readonly undoWindowMs: number;
}

/** Begins by finishing what another process left half done: names of ids that were never anybody, moves without the account. */
export const createDraft = (known: Known, { now, undoWindowMs }: DraftOptions): Draft => {
  const aliases = new Map(known.aliases);
  const profiles = new Map(known.profiles);
  const changes = createChanges(known, now);
  /** Survivors of this draft. */
  const merged = new Set<string>();
  /** Who lost a LINE account in this draft. */
  const departed = new Set<string>();

  const put = (profile: Profile): void => {
    profiles.set(profile.id, profile);
  };
  const ownerById = (homeId: string): Owner | undefined => {
    const owner = liveOwner(profiles, homeId);
    return owner.profile?.erasedAt ? undefined : owner;
  };
  const profileOf = (id: string, workspaceId: string): Profile =>
    profiles.get(id) ?? newProfile(id, workspaceId, now);
  const take = (survivor: Profile, loser: Profile): Profile => {
    const absorbed = absorb(survivor, loser);
    if (loser.mergeId !== null)
      changes.absorbed({ mergeId: loser.mergeId, survivor, values: absorbed.values });
    put(absorbed.profile);
    return absorbed.profile;
  };
  const transfer = (key: string, held: AliasHeld, workspaceId: string): void => {
    const from = held.movedFrom === null ? undefined : liveOwner(profiles, held.movedFrom).profile;
    const to = liveOwner(profiles, held.homeId);
    const moved = moveAccount(accountOfAlias(held), {
      from: from?.id === to.profileId ? undefined : from,
      to: to.profile ?? newProfile(to.profileId, workspaceId, now),
    });
    if (moved.from) put(moved.from);
    if (moved.from && from && moved.from.lineAccounts !== from.lineAccounts) {
      departed.add(from.id);
      changes.departed(from.id);
    }
    put(moved.to);
    changes.moved(key, { workspaceId, held });
    const dispute = settledBy(held, now);
    if (dispute) changes.conflict(dispute);
  };

  for (const [key, held] of aliases) {
    const to = pointerOf(profiles, held.homeId);
    if (to === undefined) continue;
    aliases.set(key, { ...held, homeId: to });
    changes.straightened(key, { ...held, homeId: to });
  }
  let isWhole = true;
  for (const [key, held] of aliases) {
    // To somebody erased nothing goes any more: the erasure takes it from where it is, and then the name.
    if (held.movedFrom === null || !ownerById(held.homeId)) continue;
    isWhole = departed.size === 0;
    if (!isWhole) break;
    transfer(key, held, held.workspaceId);
  }

  return {
    ownerOf: (workspaceId, alias) => {
      const held = aliases.get(aliasKey(workspaceId, alias));
      const owner = held && ownerById(held.homeId);
      return owner && { ...owner, provenAt: held.provenAt };
    },
    isOwned: (key) => {
      const held = aliases.get(key);
      return held !== undefined && ownerById(held.homeId) !== undefined;
    },
    ownerById: (profileId) => {
      const owner = ownerById(profileId);
      return owner?.profile ? owner : undefined;
    },
    live: (profileId) => liveOwner(profiles, profileId),
    held: (workspaceId, alias) => aliases.get(aliasKey(workspaceId, alias)),
    claim: (alias, { homeId, proof, event }) => {
      const key = aliasKey(event.workspaceId, alias);
      const held = {
        ...alias,
        workspaceId: event.workspaceId,
        homeId,
        proof,
        provenAt: isProof(proof) ? event.occurredAt : null,
        movedFrom: null,
        formerHomes: [],
        movedBy: null,
      };
      aliases.set(key, held);
      changes.claimed(key, { held, since: event.occurredAt });
    },
    release: (alias, from) => {
      const key = aliasKey(from.workspaceId, alias);
      aliases.delete(key);
      changes.released(key, from);
    },
    move: (alias, { homeId, proof, event }) => {
      const { workspaceId } = event;
      const key = aliasKey(workspaceId, alias);
      const before = aliases.get(key);
      const movedFrom = before?.homeId ?? null;
      const formerHomes = before ? [...before.formerHomes, before.homeId] : [];
      const since = event.occurredAt;
      const provenAt = isProof(proof) ? since : null;
      const moved = { workspaceId, homeId, proof, provenAt, movedFrom, movedBy: event.id };
      const held = { ...alias, ...moved, formerHomes };
      aliases.set(key, held);
      changes.claimed(key, { held, since });
      transfer(key, held, workspaceId);
    },
    prove: (workspaceId, alias, at) => {
      const key = aliasKey(workspaceId, alias);
      const held = aliases.get(key);
      if (!held || (held.provenAt !== null && held.provenAt >= at)) return;
      aliases.set(key, { ...held, provenAt: at });
      changes.proven(key, { ...held, provenAt: at });
    },
    dropErased: (keys) => {
      for (const key of keys) {
        const held = aliases.get(key);
        if (!held || !liveOwner(profiles, held.homeId).profile?.erasedAt) continue;
        aliases.delete(key);
        changes.dropped(key, held);
      }
    },
    redirect: (workspaceId, from, to) => {
      const pointer = { ...newProfile(from, workspaceId, now), mergedInto: to };
      put(pointer);
      changes.redirected(pointer);
    },
    merge: ({ profiles: asked, primaryId, askedBy, event }) => {
      const [survivor, ...losers] = asked.toSorted(byAge);
      if (!survivor) throw new Error("nobody to merge");
      for (const loser of losers) {
        const merge = mergeOf(event, { loser, survivor, primaryId, askedBy, now, undoWindowMs });
        changes.merging({ merge, loser });
        const { id: mergeId, into: mergedInto, lendsExternalId } = merge;
        put({ ...loser, mergedInto, mergeId, lendsExternalId });
        const before = profileOf(survivor.id, event.workspaceId);
        const absorbed = take(before, profileOf(loser.id, ""));
        put({ ...absorbed, mergeRate: rateAfter(before, loser, merge) });
        merged.add(survivor.id);
      }
      return profileOf(survivor.id, event.workspaceId);
    },
    // What an earlier merge made one may come to nothing, and then a later one would have joined strangers.
    mayMerge: (profileIds) =>
      profileIds.every((id) => known.profiles.has(id) && !merged.has(id) && !departed.has(id)),
    mayTakeFrom: ({ homeId }) => {
      const idsIn = (of: ReadonlyMap<string, Profile>): readonly string[] | undefined =>
        liveOwner(of, homeId).profile?.externalIds;
      return idsIn(profiles)?.join("\n") === idsIn(known.profiles)?.join("\n");
    },
    mayMove: (workspaceId, alias) => {
      const key = aliasKey(workspaceId, alias);
      const from = aliases.get(key);
      const isMerged = from && profiles.get(from.homeId) !== known.profiles.get(from.homeId);
      const isOnItsWay = (known.aliases.get(key)?.movedFrom ?? null) !== null;
      return departed.size === 0 && !isOnItsWay && !(isMerged && merged.size > 0);
    },
    isWhole,
    profile: profileOf,
    put,
    conflict: changes.conflict,
    unlinked: changes.unlinked,
    resolve: changes.resolve,
    trace: changes.trace,
    end: changes.end,
    wantName: changes.wantName,
    changes: () => changes.all(profiles),
  };
};

/** Of a LINE ID that the workspace's rule has moved: that it was so is to be seen, whoever finishes the move. */
const settledBy = (held: AliasHeld, now: Date): ConflictFound | undefined => {
  const { workspaceId, homeId, proof, provenAt, movedFrom, movedBy } = held;
  if (movedFrom === null || movedBy === null || !isLinkProof(proof)) return undefined;
  return {
    kind: "line_id",
    workspaceId,
    lineId: accountOfAlias(held),
    because: "external_ids",
    holderId: movedFrom,
    claimantId: homeId,
    proof,
    event: { id: movedBy, occurredAt: provenAt ?? now, receivedAt: now },
    isDecided: true,
  };
};

interface MergeFacts extends Pick<MergeAsked, "askedBy"> {
  readonly loser: Profile;
  readonly survivor: Profile;
  readonly primaryId: string | undefined;
  readonly now: Date;
  readonly undoWindowMs: number;
}

const mergeOf = (event: InboxEvent, facts: MergeFacts): Merge => {
  const { loser, survivor, primaryId, askedBy, now, undoWindowMs } = facts;
  return {
    id: idFrom("merge", event.id, loser.id, survivor.id, String(loser.version)),
    workspaceId: event.workspaceId,
    eventRowId: event.id,
    askedBy,
    from: loser.id,
    into: survivor.id,
    state: "started",
    loserVersion: loser.version,
    lendsExternalId: primaryId === loser.id && loser.externalId !== null,
    undoUntil: new Date(now.getTime() + undoWindowMs),
    startedAt: now,
  };
};

/** Whom an id stands for that was never anybody: its profile was not made before somebody else took its names. */
const pointerOf = (profiles: ReadonlyMap<string, Profile>, homeId: string): string | undefined => {
  const pointer = profiles.get(homeId);
  const isPointer = pointer && pointer.mergedInto !== null && pointer.mergeId === null;
  return isPointer ? (pointer.mergedInto ?? undefined) : undefined;
};
