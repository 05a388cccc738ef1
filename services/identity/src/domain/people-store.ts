import type { Conflict } from "./conflict.ts";
import type { EventEnd, InboxEvent } from "./inbox-event.ts";
import type { Merge, MergedValue } from "./merge.ts";
import type { AliasHeld } from "./owner.ts";
import type { Profile } from "./profile.ts";

/** An outside name that is to lead to a profile. */
export interface Claim {
  readonly key: string;
  readonly workspaceId: string;
  readonly alias: { readonly kind: string; readonly value: string };
  readonly profileId: string;
  readonly proof: string;
  readonly since: Date;
  /** Of a LINE ID that was proven. */
  readonly provenAt: Date | null;
}

/** An alias that leads to `from` and is to lead elsewhere. */
export interface Repoint extends Omit<Claim, "proof" | "since" | "provenAt"> {
  readonly from: string;
  /** Null where the name stays the same person's. */
  readonly because: Pick<Claim, "proof" | "since" | "provenAt"> | null;
  readonly movedFrom: string | null;
  readonly movedBy: string | null;
}

/** Whoever has the alias proved it again. */
export interface NameProven {
  readonly key: string;
  readonly workspaceId: string;
  readonly profileId: string;
  readonly provenAt: Date;
}

/** A LINE ID that was taken from somebody, and is nobody's whom we know. */
export interface LineIdUnlinked {
  readonly workspaceId: string;
  readonly provider: string;
  readonly lineUserId: string;
}

/** An alias that is to go, as long as it leads there. */
export interface NameDropped {
  readonly key: string;
  readonly workspaceId: string;
  readonly profileIds: readonly string[];
}

/** An alias whose account is where the alias leads. */
export interface MoveEnd {
  readonly key: string;
  readonly workspaceId: string;
  readonly profileId: string;
  readonly movedFrom: string | null;
}

/** A merge that is about to be made, with the loser as it is. */
export interface MergeJournal extends Merge {
  readonly loserBefore: Profile;
}

/** A survivor before its merges are made: nobody may change what was decided about until they are, or came to nothing. */
export interface Reserved {
  readonly id: string;
  readonly workspaceId: string;
  readonly version: number;
  readonly mergeIds: readonly string[];
}

/** The survivor of a merge as it is before it absorbs the loser. */
export interface SurvivorBefore {
  readonly mergeId: string;
  readonly workspaceId: string;
  readonly survivor: Profile;
  readonly values: readonly MergedValue[];
}

/** What is not guessed: somebody with a claim to what another has, or two profiles that may be one. */
export interface ConflictFound {
  readonly kind: "line_id" | "merge";
  readonly workspaceId: string;
  /** Of a LINE ID. */
  readonly lineId: { readonly provider: string; readonly lineUserId: string } | null;
  readonly because: "external_ids" | "undone" | "merge_rate" | "limit";
  readonly holderId: string;
  readonly claimantId: string;
  readonly proof: string;
  readonly event: Pick<InboxEvent, "id" | "occurredAt" | "receivedAt">;
  /** The workspace's rule has given the LINE ID to the claimant: nothing waits, but that it was so is to be seen. */
  readonly isDecided: boolean;
}

/** What people decided about a conflict. */
export interface Resolution {
  readonly conflict: Conflict;
  readonly to: string;
  readonly event: InboxEvent;
}

/** Where the content of a LINE message is stored, or that it was taken back. */
export interface MessageTrace {
  readonly workspaceId: string;
  readonly channelId: string;
  readonly messageId: string;
  readonly eventRowId: string;
  readonly unsent: boolean;
  readonly expireAt: Date;
}

/**
 * What identity asks of the database. Each call may be repeated, and each tells what somebody else was faster with; all
 * fail with `store.unavailable` when the database is away.
 */
export interface PeopleStore {
  /** Those of the ids that still wait to be applied. Fails with `workspace_mismatch` for another workspace's. */
  findWaiting(workspaceId: string, eventIds: readonly string[]): Promise<InboxEvent[]>;
  /** By alias key. */
  findAliases(workspaceId: string, keys: readonly string[]): Promise<Map<string, AliasHeld>>;
  findProfiles(workspaceId: string, ids: readonly string[]): Promise<Profile[]>;
  /** Of alias keys that belonged to somebody who was erased: when. */
  findErased(workspaceId: string, keys: readonly string[]): Promise<Map<string, Date>>;
  /** True when all are ours now; false when any alias had an owner already. */
  claim(claims: readonly Claim[]): Promise<boolean>;
  drop(names: readonly NameDropped[]): Promise<void>;
  /** False when any leads elsewhere by now, or was proven later than what is to move it by the workspace's rule. */
  repoint(repoints: readonly Repoint[]): Promise<boolean>;
  /** An older proof does not replace a newer one. */
  prove(proofs: readonly NameProven[]): Promise<void>;
  /** False when any of the ids was there already. */
  insertProfiles(profiles: readonly Profile[]): Promise<boolean>;
  /** Replaces each profile of the version before; false when any had moved on or was merged. */
  updateProfiles(profiles: readonly Profile[]): Promise<boolean>;
  /** Marks survivors, of these versions, with whom they are about to absorb; false when any had moved on. */
  reserveSurvivors(reserved: readonly Reserved[]): Promise<boolean>;
  openMerges(journals: readonly MergeJournal[]): Promise<void>;
  /** Keeps the survivors as they are before they absorb; an older copy does not replace a newer one. */
  keepSurvivors(survivors: readonly SurvivorBefore[]): Promise<void>;
  endMoves(moves: readonly MoveEnd[]): Promise<void>;
  findConflicts(workspaceId: string, ids: readonly string[]): Promise<Conflict[]>;
  /** A claim that was decided about is not opened again by the same claimant without a better proof. */
  openConflicts(conflicts: readonly ConflictFound[]): Promise<void>;
  /** Closes what is in dispute about them: nobody has what was claimed. */
  closeUnlinked(lineIds: readonly LineIdUnlinked[], now: Date): Promise<void>;
  /** A holder who was decided against counts as a claimant from then on. */
  resolveConflicts(resolutions: readonly Resolution[], now: Date): Promise<void>;
  /** Writes traces, and then finds the stored events whose content was taken back. */
  traceMessages(traces: readonly MessageTrace[]): Promise<string[]>;
  /** Removes what these events say, and leaves that they happened. */
  purge(workspaceId: string, eventIds: readonly string[], now: Date): Promise<void>;
  end(ends: readonly EventEnd[], now: Date): Promise<void>;
  /** Counts a failure on an event; it is tried again at `nextAt`, or set aside when there is none. */
  countFailure(event: InboxEvent, nextAt: Date | null): Promise<void>;
}

/** A merge with what an undo needs. */
export interface UndoableMerge extends Merge {
  readonly survivorBefore: Profile | null;
  /** The loser as it is given back; null until the undo is about to take the two apart. */
  readonly loserAfter: Profile | null;
  /** The survivor's version that `loserAfter` was last made from; 0 before. */
  readonly loserAfterVersion: number;
  /** The event that undoes it. */
  readonly undoneBy: string | null;
}

/** What a merge would do. */
export interface MergePreview {
  readonly id: string;
  readonly workspaceId: string;
  readonly eventRowId: string;
  readonly survivor: Profile;
  readonly loser: Profile;
  readonly lendsExternalId: boolean;
  readonly values: readonly MergedValue[];
  readonly at: Date;
}

/** A fact that was applied, with the profile whose name it was told under. */
export interface AppliedFact {
  readonly event: InboxEvent;
  readonly profileId: string;
}

/** What finishing and undoing merges asks of the database. Each call may be repeated. */
export interface MergeStore {
  /** Those of the merges that are not at their end. */
  findOpenMerges(workspaceId: string, ids: readonly string[]): Promise<Merge[]>;
  /** Closes merges that were made. */
  endMerges(merges: readonly Merge[], now: Date): Promise<void>;
  /** Sets merges aside that were never made; they are looked at once more, later. */
  voidMerges(merges: readonly Merge[]): Promise<void>;
  /** Lets a merged profile lead elsewhere; false when it has changed since it was read. */
  point(pointer: Profile, to: string): Promise<boolean>;
  /** Closes what is in dispute among profiles that are one person now. */
  closeConflicts(
    workspaceId: string,
    families: readonly (readonly string[])[],
    now: Date,
  ): Promise<void>;
  findMerge(workspaceId: string, id: string): Promise<UndoableMerge | undefined>;
  /** False when the merge is not one that can be undone any more. */
  beginUndo(merge: Merge, eventId: string): Promise<boolean>;
  /** False when the undo is not this event's any more, or a loser was kept since the merge was read. */
  cancelUndo(merge: UndoableMerge, eventId: string): Promise<boolean>;
  /**
   * Keeps the loser to give back, for a survivor of this version. False when the undo is not this event's any more, or a
   * copy for a newer survivor is there: then the two may not be taken apart by it.
   */
  keepLoserAfter(
    merge: Merge,
    eventId: string,
    after: { readonly loser: Profile; readonly survivorVersion: number },
  ): Promise<boolean>;
  /** Gives a merged profile its life back, once; one that was erased meanwhile gets nothing but its own way. */
  restoreLoser(merge: Merge, loser: Profile): Promise<void>;
  endUndo(merge: Merge, now: Date): Promise<void>;
  /** Facts that were applied since then under names of the survivor's family and can be told again. */
  findFacts(survivor: Profile, since: Date): Promise<AppliedFact[]>;
}

/** An alias of somebody who is being erased. */
export interface NameOfErased {
  readonly key: string;
  readonly kind: string;
  readonly value: string;
  /** Who may still have its LINE account. */
  readonly movedFrom: string | null;
  /** Whose it was before. */
  readonly formerHomes: readonly string[];
}

/** What forgetting people asks of the database. Each call may be repeated. */
export interface OpenErasure {
  readonly id: string;
  readonly workspaceId: string;
  readonly profileIds: readonly string[];
  readonly ended: { readonly identity: boolean; readonly sender: boolean };
}

export interface ErasureStore {
  findErasure(workspaceId: string, id: string): Promise<{ profileIds: string[] } | undefined>;
  findNames(workspaceId: string, profileIds: readonly string[]): Promise<NameOfErased[]>;
  openErasure(erasure: {
    readonly id: string;
    readonly workspaceId: string;
    readonly profileIds: readonly string[];
    readonly names: readonly NameOfErased[];
    readonly requestedAt: Date;
  }): Promise<void>;
  /** What was said of these names until now is dropped, whenever it arrives. */
  buryNames(workspaceId: string, names: readonly NameOfErased[], erasedAt: Date): Promise<void>;
  blankProfiles(workspaceId: string, profileIds: readonly string[], now: Date): Promise<void>;
  dropNames(workspaceId: string, profileIds: readonly string[]): Promise<void>;
  /** Those merged into these profiles that are not among them. */
  findAbsorbed(workspaceId: string, profileIds: readonly string[]): Promise<string[]>;
  /** Takes what events, journals and conflicts say of them. */
  dropTraces(workspaceId: string, erasureId: string): Promise<void>;
  /** One that is due, which nobody else takes for a minute. */
  takeOpenErasure(now: Date): Promise<OpenErasure | undefined>;
  /** Identity has nothing left; the names go once nobody needs them any more. */
  endErasurePart(workspaceId: string, id: string, now: Date): Promise<void>;
}
