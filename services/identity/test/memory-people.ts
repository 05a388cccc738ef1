import { Failure } from "@yubin/errors";

import type { EventEnd, InboxEvent } from "../src/domain/inbox-event.ts";
import type {
  Claim,
  ConflictFound,
  ErasureStore,
  MergeStore,
  PeopleStore,
  UndoableMerge,
} from "../src/domain/people-store.ts";
import type { Profile } from "../src/domain/profile.ts";

type Erasing = "findNames" | "openErasure" | "buryNames" | "blankProfiles";

/** A people store in memory that keeps the database's promises, for rules that need no server. */
export interface MemoryPeople extends PeopleStore, MergeStore, Pick<ErasureStore, Erasing> {
  readonly events: Map<string, InboxEvent>;
  readonly ended: Map<string, EventEnd>;
  readonly aliases: Map<string, Claim & { movedFrom?: string | null; movedBy?: string | null }>;
  readonly merges: Map<string, UndoableMerge>;
  readonly conflicts: ConflictFound[];
  readonly profiles: Map<string, Profile>;
  readonly traces: Map<string, string>;
  readonly purged: Set<string>;
  readonly setBack: Map<string, Date | null>;
}

export const createMemoryPeople = (events: readonly InboxEvent[]): MemoryPeople => {
  const rows = {
    events: new Map(events.map((event) => [event.id, event])),
    ended: new Map<string, EventEnd>(),
    aliases: new Map<string, Claim & { movedFrom?: string | null; movedBy?: string | null }>(),
    merges: new Map<string, UndoableMerge>(),
    conflicts: [] as ConflictFound[],
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
    findAliases: async (_, keys) =>
      new Map(
        keys.flatMap((key) => {
          const row = rows.aliases.get(key);
          if (!row) return [];
          const { alias, profileId: homeId, movedFrom = null, movedBy = null, ...rest } = row;
          const { workspaceId, proof, provenAt } = rest;
          const held = { workspaceId, homeId, proof, provenAt, movedFrom, movedBy };
          return [[key, { ...alias, ...held, formerHomes: [] }]];
        }),
      ),
    findErased: async () => new Map(),
    findProfiles: async (_, ids) => ids.flatMap((id) => rows.profiles.get(id) ?? []),
    claim: async (claims) =>
      insertAll(
        rows.aliases,
        claims.map((claim) => [claim.key, claim]),
      ),
    repoint: async (repoints) =>
      repoints
        .map(({ from, because, ...lead }) => {
          const known = rows.aliases.get(lead.key);
          if (known?.profileId !== from) return false;
          rows.aliases.set(lead.key, { ...known, ...lead, ...because });
          return true;
        })
        .every(Boolean),
    drop: async (names) => {
      for (const { key, profileIds } of names)
        if (profileIds.includes(rows.aliases.get(key)?.profileId ?? "")) rows.aliases.delete(key);
    },
    prove: async (proofs) => {
      for (const { key, provenAt } of proofs) {
        const row = rows.aliases.get(key);
        if (row && (row.provenAt ?? provenAt) <= provenAt)
          rows.aliases.set(key, { ...row, provenAt });
      }
    },
    endMoves: async (moves) => {
      for (const { key } of moves) {
        const row = rows.aliases.get(key);
        if (row) rows.aliases.set(key, { ...row, movedFrom: null });
      }
    },
    reserveSurvivors: async (reserved) =>
      reserved
        .map(({ id, version, mergeIds }) => {
          const known = rows.profiles.get(id);
          if (known?.version !== version || known.mergedInto !== null) return false;
          rows.profiles.set(id, { ...known, absorbing: [...mergeIds], version: version + 1 });
          return true;
        })
        .every(Boolean),
    openMerges: async (journals) => {
      for (const merge of journals)
        rows.merges.set(merge.id, {
          ...merge,
          survivorBefore: null,
          loserAfter: null,
          loserAfterVersion: 0,
          undoneBy: null,
        });
    },
    keepSurvivors: async (survivors) => {
      for (const { mergeId, survivor } of survivors) {
        const merge = rows.merges.get(mergeId);
        if (merge) rows.merges.set(mergeId, { ...merge, survivorBefore: survivor });
      }
    },
    findOpenMerges: async (_, ids) =>
      ids.flatMap((id) => rows.merges.get(id) ?? []).filter(({ state }) => state === "started"),
    endMerges: async (ended) => {
      for (const { id } of ended) {
        const merge = rows.merges.get(id);
        if (merge) rows.merges.set(id, { ...merge, state: "done" });
      }
    },
    findMerge: async (_, id) => rows.merges.get(id),
    voidMerges: async (dead) => {
      for (const { id } of dead) {
        const merge = rows.merges.get(id);
        if (merge?.state === "started") rows.merges.set(id, { ...merge, state: "void" });
      }
    },
    point: async ({ id, version }, to) => {
      const known = rows.profiles.get(id);
      if (known?.version !== version || known.mergedInto === null) return false;
      rows.profiles.set(id, { ...known, mergedInto: to, version: version + 1 });
      return true;
    },
    findConflicts: async () => [],
    openConflicts: async (found) => {
      rows.conflicts.push(...found);
    },
    ...untouched(
      "closeConflicts",
      "closeUnlinked",
      "resolveConflicts",
      "beginUndo",
      "cancelUndo",
      "keepLoserAfter",
      "restoreLoser",
      "endUndo",
      "findFacts",
      "findNames",
      "openErasure",
      "buryNames",
      "blankProfiles",
    ),
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

/** What needs a database to mean anything is tested on one. */
const untouched = <Call extends keyof MergeStore | Erasing | "resolveConflicts" | "closeUnlinked">(
  ...calls: readonly Call[]
): Pick<MergeStore & PeopleStore & ErasureStore, Call> =>
  Object.fromEntries(
    calls.map((name) => [
      name,
      async () => {
        if (name !== "closeConflicts") throw new Error(`${name} needs a database`);
      },
    ]),
  ) as unknown as Pick<MergeStore & PeopleStore & ErasureStore, Call>;
