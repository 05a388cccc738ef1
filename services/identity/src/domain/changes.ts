import type { NameWanted } from "./fetch-name.ts";
import type { EventEnd } from "./inbox-event.ts";
import type { Merge, MergedValue } from "./merge.ts";
import type { AliasHeld, Known } from "./owner.ts";
import type {
  Claim,
  ConflictFound,
  LineIdUnlinked,
  MergeJournal,
  MessageTrace,
  MoveEnd,
  NameDropped,
  NameProven,
  Repoint,
  Reserved,
  Resolution,
  SurvivorBefore,
} from "./people-store.ts";
import { familyOf, reachOf, type Profile } from "./profile.ts";
import { retoldTypes, typeOf } from "./retell.ts";

/** All that is to be written for some events, in the order in which it is written. */
export interface Changes {
  /** Names of somebody who was erased, which were claimed while that was done, and addresses that were given up. */
  readonly drops: readonly NameDropped[];
  readonly claims: readonly Claim[];
  /** Profiles that are nothing but a pointer to another one. */
  readonly redirects: readonly Profile[];
  readonly repoints: readonly Repoint[];
  readonly proofs: readonly NameProven[];
  readonly inserts: readonly Profile[];
  readonly journals: readonly MergeJournal[];
  readonly reserved: readonly Reserved[];
  /** Losers: this write is the merge. */
  readonly commits: readonly Profile[];
  readonly survivors: readonly SurvivorBefore[];
  readonly updates: readonly Profile[];
  /** Those who lost a LINE account, which somebody else has by then. */
  readonly departures: readonly Profile[];
  readonly moves: readonly MoveEnd[];
  readonly conflicts: readonly ConflictFound[];
  readonly unlinked: readonly LineIdUnlinked[];
  readonly resolutions: readonly Resolution[];
  readonly traces: readonly MessageTrace[];
  readonly ends: readonly EventEnd[];
  readonly names: readonly NameWanted[];
}

interface ClaimTold {
  readonly held: AliasHeld;
  readonly since: Date;
}

/** Collects what a draft changes. */
export const createChanges = (known: Known, now: Date) => {
  const drops: NameDropped[] = [];
  const claims = new Map<string, Claim>();
  const repoints = new Map<string, Repoint>();
  const redirects = new Map<string, Profile>();
  const merging: Merging[] = [];
  const absorbed = new Map<string, { survivor: Profile; values: readonly MergedValue[] }>();
  const proofs = new Map<string, NameProven>();
  const moves = new Map<string, MoveEnd>();
  const unlinked: LineIdUnlinked[] = [];
  const departed = new Set<string>();
  const conflicts: ConflictFound[] = [];
  const resolutions: Resolution[] = [];
  const traces: MessageTrace[] = [];
  const ends: EventEnd[] = [];
  const names = new Map<string, NameWanted>();

  return {
    claimed: (key: string, { held, since }: ClaimTold) => {
      const { workspaceId, kind, value, homeId, movedFrom, movedBy, proof, provenAt } = held;
      const from = known.aliases.get(key)?.homeId;
      const lead = { key, workspaceId, alias: { kind, value }, profileId: homeId };
      const because = { proof, since, provenAt };
      if (from === undefined) claims.set(key, { ...lead, ...because });
      else if (from === homeId) repoints.delete(key);
      else repoints.set(key, { ...lead, from, movedFrom, movedBy, because });
    },
    proven: (key: string, { workspaceId, homeId: profileId, provenAt }: AliasHeld) => {
      const [claim, repoint] = [claims.get(key), repoints.get(key)];
      if (claim) claims.set(key, { ...claim, provenAt });
      else if (repoint?.because)
        repoints.set(key, { ...repoint, because: { ...repoint.because, provenAt } });
      else if (provenAt) proofs.set(key, { key, workspaceId, profileId, provenAt });
    },
    moved: (key: string, { workspaceId, held }: { workspaceId: string; held: AliasHeld }) => {
      moves.set(key, { key, workspaceId, profileId: held.homeId, movedFrom: held.movedFrom });
    },
    departed: (profileId: string) => {
      departed.add(profileId);
    },
    dropped: (key: string, { workspaceId }: AliasHeld) => {
      const profileId = known.aliases.get(key)?.homeId;
      if (profileId !== undefined) drops.push({ key, workspaceId, profileIds: [profileId] });
      repoints.delete(key);
    },
    released: (key: string, from: Profile) => {
      drops.push({ key, workspaceId: from.workspaceId, profileIds: familyOf(from) });
      claims.delete(key);
      repoints.delete(key);
    },
    /** Whose name it is does not change by it, so neither does why. */
    straightened: (
      key: string,
      { workspaceId, kind, value, homeId, movedFrom, movedBy }: AliasHeld,
    ) => {
      const from = known.aliases.get(key)?.homeId;
      if (from === undefined) return;
      const lead = { key, workspaceId, alias: { kind, value }, from, profileId: homeId };
      repoints.set(key, { ...lead, movedFrom, movedBy, because: null });
    },
    redirected: (pointer: Profile) => {
      redirects.set(pointer.id, pointer);
    },
    merging: (one: Merging) => {
      merging.push(one);
    },
    absorbed: (one: { mergeId: string; survivor: Profile; values: readonly MergedValue[] }) => {
      absorbed.set(one.mergeId, one);
    },
    conflict: (conflict: ConflictFound) => {
      conflicts.push(conflict);
    },
    unlinked: (lineId: LineIdUnlinked) => {
      unlinked.push(lineId);
    },
    resolve: (resolution: Resolution) => {
      resolutions.push(resolution);
    },
    trace: (trace: MessageTrace) => {
      traces.push(trace);
    },
    end: (end: EventEnd) => {
      ends.push(end);
    },
    wantName: (wanted: NameWanted) => {
      names.set(`${wanted.channelId}/${wanted.lineUserId}`, wanted);
    },
    all: (profiles: ReadonlyMap<string, Profile>): Changes => ({
      drops,
      claims: [...claims.values()],
      redirects: [...redirects.values()],
      repoints: [...repoints.values()],
      proofs: [...proofs.values()],
      ...written({ known, after: profiles, redirects, merging, departed, ends, now }),
      reserved: reservedIn(known, merging),
      journals: merging.map(({ merge, loser }) => ({ ...merge, loserBefore: loser })),
      survivors: [...absorbed].map(([mergeId, { survivor, values }]) => ({
        mergeId,
        workspaceId: survivor.workspaceId,
        survivor,
        values,
      })),
      moves: [...moves.values()],
      conflicts,
      unlinked,
      resolutions,
      traces,
      ends,
      names: [...names.values()],
    }),
  };
};

interface Merging {
  readonly merge: Merge;
  readonly loser: Profile;
}

const reservedIn = (known: Known, merging: readonly Merging[]): Reserved[] =>
  [...Map.groupBy(merging, ({ merge }) => merge.into)].flatMap(([id, ours]) => {
    const survivor = known.profiles.get(id);
    if (!survivor) return [];
    const { workspaceId, version } = survivor;
    return [{ id, workspaceId, version, mergeIds: ours.map(({ merge }) => merge.id) }];
  });

const written = ({
  known: { profiles: before },
  after,
  redirects,
  merging,
  departed,
  ends,
  now,
}: {
  known: Known;
  merging: readonly Merging[];
  after: ReadonlyMap<string, Profile>;
  redirects: ReadonlyMap<string, Profile>;
  departed: ReadonlySet<string>;
  ends: readonly EventEnd[];
  now: Date;
}): Pick<Changes, "inserts" | "commits" | "updates" | "departures"> => {
  const inserts: Profile[] = [];
  const commits: Profile[] = [];
  const updates: Profile[] = [];
  const departures: Profile[] = [];
  // The mark of what they are about to absorb is a version of its own.
  const marked = new Set(merging.map(({ merge }) => merge.into));
  for (const [id, profile] of after) {
    const known = before.get(id);
    if (known === profile || redirects.has(id)) continue;
    const recentFacts = recentOf(profile, ends, now);
    const derived = { ...profile, ...reachOf(profile.lineAccounts), recentFacts, updatedAt: now };
    if (!known) inserts.push(derived);
    else if (profile.mergedInto === null)
      (departed.has(id) ? departures : updates).push({
        ...derived,
        version: known.version + (marked.has(id) ? 2 : 1),
      });
    else commits.push({ ...derived, version: known.version + 1 });
  }
  return { inserts, commits, updates, departures };
};

const recentMs = 600_000;
const recentMax = 1_000;

/** An event is marked as applied after the profile was written; in between, only this tells of it. */
const recentOf = (
  profile: Profile,
  ends: readonly EventEnd[],
  now: Date,
): Profile["recentFacts"] => {
  if (profile.mergedFrom.length === 0) return [];
  const family = familyOf(profile);
  const known = profile.recentFacts.filter(({ at }) => now.getTime() - at.getTime() < recentMs);
  const added = ends.flatMap(({ event, profileId }) =>
    profileId !== null && family.includes(profileId) && retoldTypes.includes(typeOf(event))
      ? [{ eventRowId: event.id, homeId: profileId, at: now }]
      : [],
  );
  return [...known, ...added].slice(-recentMax);
};
