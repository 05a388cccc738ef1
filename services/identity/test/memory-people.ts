import { Failure } from "@yubin/errors";

import type { EventEnd, InboxEvent } from "../src/domain/inbox-event.ts";
import type { Claim, PeopleStore } from "../src/domain/people-store.ts";
import type { Profile } from "../src/domain/profile.ts";

/** A people store in memory that keeps the database's promises, for rules that need no server. */
export interface MemoryPeople extends PeopleStore {
  readonly events: Map<string, InboxEvent>;
  readonly ended: Map<string, EventEnd>;
  readonly aliases: Map<string, Claim>;
  readonly profiles: Map<string, Profile>;
  readonly traces: Map<string, string>;
  readonly purged: Set<string>;
  readonly setBack: Map<string, Date | null>;
}

export const createMemoryPeople = (events: readonly InboxEvent[]): MemoryPeople => {
  const rows = {
    events: new Map(events.map((event) => [event.id, event])),
    ended: new Map<string, EventEnd>(),
    aliases: new Map<string, Claim>(),
    profiles: new Map<string, Profile>(),
    traces: new Map<string, string>(),
    purged: new Set<string>(),
    setBack: new Map<string, Date | null>(),
  };
  const insertAll = <Row>(into: Map<string, Row>, added: [string, Row][]): boolean => {
    let all = true;
    for (const [key, row] of added) {
      if (into.has(key)) all = false;
      else into.set(key, row);
    }
    return all;
  };

  return {
    ...rows,
    findWaiting: async (workspaceId, ids) => {
      const found = ids.flatMap((id) => rows.events.get(id) ?? []);
      if (found.some((event) => event.workspaceId !== workspaceId))
        throw new Failure("workspace_mismatch", "the job names events of another workspace");
      return found.filter(({ id }) => !rows.ended.has(id));
    },
    findOwners: async (_, keys) =>
      new Map(
        keys.flatMap((key) => {
          const alias = rows.aliases.get(key);
          return alias ? [[key, alias.profileId]] : [];
        }),
      ),
    findProfiles: async (_, ids) => ids.flatMap((id) => rows.profiles.get(id) ?? []),
    claim: async (claims) =>
      insertAll(
        rows.aliases,
        claims.map((claim) => [claim.key, claim]),
      ),
    repoint: async (repoints) =>
      repoints
        .map(({ key, from, to }) => {
          const alias = rows.aliases.get(key);
          if (alias?.profileId !== from) return false;
          rows.aliases.set(key, { ...alias, profileId: to });
          return true;
        })
        .every(Boolean),
    insertProfiles: async (profiles) =>
      insertAll(
        rows.profiles,
        profiles.map((profile) => [profile.id, profile]),
      ),
    updateProfiles: async (profiles) =>
      profiles
        .map((profile) => {
          const known = rows.profiles.get(profile.id);
          if (known?.version !== profile.version - 1 || known.mergedInto !== null) return false;
          rows.profiles.set(profile.id, profile);
          return true;
        })
        .every(Boolean),
    traceMessages: async (traces) => {
      const keyOf = (one: (typeof traces)[number]) => `${one.channelId}/${one.messageId}/`;
      for (const one of traces)
        rows.traces.set(`${keyOf(one)}${one.unsent ? "" : one.eventRowId}`, one.eventRowId);
      const unsent = traces.filter((one) => rows.traces.has(keyOf(one)));
      return unsent.flatMap((one) =>
        [...rows.traces].flatMap(([key, id]) =>
          key.startsWith(keyOf(one)) && key !== keyOf(one) ? [id] : [],
        ),
      );
    },
    purge: async (_, ids) => {
      for (const id of ids) rows.purged.add(id);
    },
    end: async (ends) => {
      for (const end of ends) if (!rows.ended.has(end.event.id)) rows.ended.set(end.event.id, end);
    },
    countFailure: async (event, nextAt) => {
      rows.setBack.set(event.id, nextAt);
      rows.events.set(event.id, { ...event, tries: event.tries + 1 });
    },
  };
};
