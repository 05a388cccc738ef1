import { aliasKey, type AliasName } from "@yubin/types";

import type { EventEnd, InboxEvent } from "./inbox-event.ts";
import type { Claim, MessageTrace, Repoint } from "./people-store.ts";
import { newProfile, reachOf, type Profile } from "./profile.ts";

/** What the database says about the people behind some events. */
export interface Known {
  /** Profile ids by alias key. */
  readonly owners: ReadonlyMap<string, string>;
  /** By id, with every profile that a merged one leads to. */
  readonly profiles: ReadonlyMap<string, Profile>;
}

/** The live profile behind an alias; without a profile when the alias was written and its profile not yet. */
export interface Owner {
  readonly profileId: string;
  readonly profile: Profile | undefined;
}

/** A LINE account whose name is to be fetched. */
export interface NameWanted {
  readonly workspaceId: string;
  readonly channelId: string;
  readonly profileId: string;
  readonly lineUserId: string;
}

/** All that is to be written for some events, in the order in which it is written. */
export interface Changes {
  readonly claims: readonly Claim[];
  /** Profiles that are nothing but a pointer to another one. */
  readonly redirects: readonly Profile[];
  readonly repoints: readonly Repoint[];
  readonly inserts: readonly Profile[];
  readonly updates: readonly Profile[];
  readonly traces: readonly MessageTrace[];
  readonly ends: readonly EventEnd[];
  readonly names: readonly NameWanted[];
}

/** What is known, with the effects of one event after the other; later events see those of earlier ones. */
export interface Draft {
  ownerOf(workspaceId: string, alias: AliasName): Owner | undefined;
  /** Makes an alias lead to a profile, which it may not have done so far. */
  claim(alias: AliasName, claim: { profileId: string; proof: string; event: InboxEvent }): void;
  /** Makes an id without a profile lead to another one. */
  redirect(workspaceId: string, from: string, to: string): void;
  /** The profile as it stands, or a new one. */
  profile(profileId: string, workspaceId: string): Profile;
  put(profile: Profile): void;
  trace(trace: MessageTrace): void;
  end(end: EventEnd): void;
  wantName(wanted: NameWanted): void;
  changes(): Changes;
}

export const createDraft = (known: Known, now: Date): Draft => {
  const owners = new Map(known.owners);
  const profiles = new Map(known.profiles);
  const claims = new Map<string, Claim>();
  const repoints = new Map<string, Repoint>();
  const redirects = new Map<string, Profile>();
  const traces: MessageTrace[] = [];
  const ends: EventEnd[] = [];
  const names = new Map<string, NameWanted>();

  return {
    ownerOf: (workspaceId, alias) => {
      const profileId = owners.get(aliasKey(workspaceId, alias));
      return profileId === undefined ? undefined : liveOwner(profiles, profileId);
    },
    claim: (alias, { profileId, proof, event: { workspaceId, occurredAt } }) => {
      const key = aliasKey(workspaceId, alias);
      const from = known.owners.get(key);
      owners.set(key, profileId);
      if (from !== undefined && from !== profileId)
        repoints.set(key, { key, workspaceId, from, to: profileId });
      else if (from === undefined)
        claims.set(key, { key, workspaceId, alias, profileId, proof, since: occurredAt });
    },
    redirect: (workspaceId, from, to) => {
      const pointer = { ...newProfile(from, workspaceId, now), mergedInto: to };
      profiles.set(from, pointer);
      redirects.set(from, pointer);
    },
    profile: (profileId, workspaceId) =>
      profiles.get(profileId) ?? newProfile(profileId, workspaceId, now),
    put: (profile) => {
      profiles.set(profile.id, profile);
    },
    trace: (trace) => {
      traces.push(trace);
    },
    end: (end) => {
      ends.push(end);
    },
    wantName: (wanted) => {
      names.set(`${wanted.channelId}/${wanted.lineUserId}`, wanted);
    },
    changes: () => ({
      claims: [...claims.values()],
      redirects: [...redirects.values()],
      repoints: [...repoints.values()],
      ...written({ before: known.profiles, after: profiles, redirects, now }),
      traces,
      ends,
      names: [...names.values()],
    }),
  };
};

const hopsMax = 8;

const liveOwner = (profiles: ReadonlyMap<string, Profile>, profileId: string): Owner => {
  let id = profileId;
  for (let hop = 0; hop < hopsMax; hop += 1) {
    const profile = profiles.get(id);
    if (!profile || profile.mergedInto === null) return { profileId: id, profile };
    id = profile.mergedInto;
  }
  throw new Error("a merge chain is longer than it can be");
};

const written = ({
  before,
  after,
  redirects,
  now,
}: {
  before: ReadonlyMap<string, Profile>;
  after: ReadonlyMap<string, Profile>;
  redirects: ReadonlyMap<string, Profile>;
  now: Date;
}): Pick<Changes, "inserts" | "updates"> => {
  const inserts: Profile[] = [];
  const updates: Profile[] = [];
  for (const [id, profile] of after) {
    const known = before.get(id);
    if (known === profile || redirects.has(id)) continue;
    const derived = { ...profile, ...reachOf(profile.lineAccounts), updatedAt: now };
    if (known) updates.push({ ...derived, version: known.version + 1 });
    else inserts.push(derived);
  }
  return { inserts, updates };
};
