import type { AliasName } from "@yubin/types";

import type { EventEnd, InboxEvent } from "./inbox-event.ts";
import type { Profile } from "./profile.ts";

/** An outside name that is to lead to a profile. */
export interface Claim {
  readonly key: string;
  readonly workspaceId: string;
  readonly alias: AliasName;
  readonly profileId: string;
  readonly proof: string;
  readonly since: Date;
}

/** An alias that leads to `from`, which it should not, or not directly. */
export interface Repoint {
  readonly key: string;
  readonly workspaceId: string;
  readonly from: string;
  readonly to: string;
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
  /** Profile ids by alias key. */
  findOwners(workspaceId: string, keys: readonly string[]): Promise<Map<string, string>>;
  findProfiles(workspaceId: string, ids: readonly string[]): Promise<Profile[]>;
  /** True when all are ours now; false when any alias had an owner already. */
  claim(claims: readonly Claim[]): Promise<boolean>;
  repoint(repoints: readonly Repoint[]): Promise<boolean>;
  /** False when any of the ids was there already. */
  insertProfiles(profiles: readonly Profile[]): Promise<boolean>;
  /** Replaces each profile of the version before; false when any had moved on or was merged. */
  updateProfiles(profiles: readonly Profile[]): Promise<boolean>;
  /** Writes traces, and then finds the stored events whose content was taken back. */
  traceMessages(traces: readonly MessageTrace[]): Promise<string[]>;
  /** Removes what these events say, and leaves that they happened. */
  purge(workspaceId: string, eventIds: readonly string[], now: Date): Promise<void>;
  end(ends: readonly EventEnd[], now: Date): Promise<void>;
  /** Counts a failure on an event; it is tried again at `nextAt`, or set aside when there is none. */
  countFailure(event: InboxEvent, nextAt: Date | null): Promise<void>;
}
