import { aliasKey, lineAlias, type AliasName } from "@yubin/types";
import type { AliasRow, EventRow, Store } from "@yubin/store";

import { provider, type Operation } from "./operations.ts";

/** An operation that was told, as the edge stores it. */
export interface Issued {
  readonly operation: Operation;
  readonly row: EventRow;
  /** Of an identify call: the name whose trait it sets, and to what. */
  readonly token: { readonly name: AliasName; readonly key: string; readonly value: string } | null;
}

export interface IssueOptions {
  readonly store: Store;
  readonly workspaceId: string;
  readonly channelId: string;
}

const lateMs = 60_000;

/** The key of the trait that only calls about this name set. */
const traitOf = ({ kind, value }: AliasName): string => `k_${kind.slice(0, 1)}_${value}`;

/** Turns operations into stored events, as of what the database says now; those about nobody come to nothing. */
export const createIssuer = ({ store, workspaceId, channelId }: IssueOptions) => {
  let made = 0;
  let newest = 0;

  const rowOf = (source: EventRow["source"], type: string, body: EventRow["body"]): EventRow => {
    made += 1;
    newest = Math.max(newest + 1, Date.now());
    const eventId = `e${String(made).padStart(9, "0")}`;
    const isLine = source === "line";
    return {
      _id: isLine ? `${channelId}/${eventId}` : `${workspaceId}/${source}/${eventId}`,
      workspaceId,
      channelId: isLine ? channelId : null,
      source,
      type,
      eventId,
      occurredAt: new Date(newest),
      receivedAt: new Date(),
      state: "stored",
      reason: null,
      lineUserId: null,
      profileId: null,
      appliedAt: null,
      nextAt: new Date(Date.now() + 20_000),
      body,
      hash: "0",
      expireAt: new Date(Date.now() + 86_400_000),
    };
  };

  return async (operations: readonly Operation[]): Promise<Issued[]> => {
    const known = await lookUp(store, workspaceId, operations);
    const issued = operations.flatMap((operation) => {
      const one = issue(operation, known, rowOf);
      return one ?? [];
    });
    if (issued.length > 0) await store.events.insertMany(issued.map(({ row }) => row));
    return issued;
  };
};

type RowOf = (source: EventRow["source"], type: string, body: EventRow["body"]) => EventRow;

interface Found {
  ownerOf(alias: AliasName): string | undefined;
  newestMerge(profileId: string, isNewest: boolean): string | undefined;
  conflictOf(line: AliasName): { id: string; parties: string[] } | undefined;
}

const issue = (operation: Operation, found: Found, rowOf: RowOf): Issued | undefined => {
  if (operation.kind === "identify" || operation.kind === "import")
    return identify(operation, rowOf);
  if (operation.kind === "follow" || operation.kind === "unfollow") {
    const row = rowOf("line", operation.kind, {});
    return { operation, row: { ...row, lineUserId: operation.line.value }, token: null };
  }
  const body = bodyOf(operation, found);
  if (!body) return undefined;
  return { operation, row: rowOf("api", operation.kind, body), token: null };
};

const identify = (operation: Operation & { kind: "identify" | "import" }, rowOf: RowOf): Issued => {
  const valueOf = (kind: string): string | undefined =>
    operation.names.find((name) => name.kind === kind)?.value;
  const lineUserId = valueOf(lineAlias(provider, "").kind);
  const [first] = operation.names;
  if (!first) throw new Error("a call names nobody");
  const row = rowOf("track", "identify", {});
  const key = traitOf(first);
  const value = `token-${row.eventId}-${key}`;
  const occurredAt = operation.isLate
    ? new Date(row.occurredAt.getTime() - lateMs)
    : row.occurredAt;
  const body = {
    ...(valueOf("user") === undefined ? {} : { userId: valueOf("user") }),
    ...(valueOf("anon") === undefined ? {} : { anonymousId: valueOf("anon") }),
    ...(lineUserId === undefined ? {} : { context: { line: { provider, userId: lineUserId } } }),
    traits: { [key]: value },
    ...(operation.kind === "import" ? { consents: { [key]: true } } : {}),
  };
  return {
    operation,
    row: { ...row, occurredAt, body, lineUserId: lineUserId ?? null },
    token: { name: first, key, value },
  };
};

const bodyOf = (
  operation: Operation,
  { ownerOf, newestMerge, conflictOf }: Found,
): EventRow["body"] | "" | undefined => {
  switch (operation.kind) {
    case "link": {
      const profileId = ownerOf(operation.who);
      const lineUserId = operation.line.value;
      return profileId && { profileId, provider, lineUserId, proof: "account_link" };
    }
    case "unlink": {
      const profileId = ownerOf(operation.line);
      return profileId && { profileId, provider, lineUserId: operation.line.value };
    }
    case "merge": {
      const [from, into] = [ownerOf(operation.from), ownerOf(operation.into)];
      return from && into && { from, into };
    }
    case "resolve": {
      const conflict = conflictOf(operation.line);
      const to = conflict?.parties[operation.chosen % conflict.parties.length];
      return conflict && to && { conflictId: conflict.id, to };
    }
    case "erase": {
      const profileId = ownerOf(operation.who);
      return profileId && { profileId };
    }
    case "undo": {
      const profileId = ownerOf(operation.who);
      const mergeId = profileId && newestMerge(profileId, operation.isNewest);
      return mergeId && { mergeId };
    }
    default:
      return undefined;
  }
};

const lookUp = async (
  store: Store,
  workspaceId: string,
  operations: readonly Operation[],
): Promise<Found> => {
  const keyOf = (alias: AliasName): string => aliasKey(workspaceId, alias);
  const keys = operations.flatMap((operation) =>
    Object.values(operation).flatMap((value: unknown) => (isAlias(value) ? [keyOf(value)] : [])),
  );
  const rows = await store.aliases.find({ _id: { $in: keys }, workspaceId }).toArray();
  const aliases = new Map(rows.map((row): [string, AliasRow] => [row._id, row]));
  const survivors = await findSurvivors(store, workspaceId, [
    ...new Set(rows.map(({ profileId }) => profileId)),
  ]);
  const live = [...new Set(survivors.values())];
  const merges = await store.merges
    .find({ into: { $in: live }, workspaceId }, { projection: { into: 1, state: 1, doneAt: 1 } })
    .toArray();
  const lines = operations.flatMap((one) => (one.kind === "resolve" ? [one.line.value] : []));
  const conflicts = await store.conflicts
    .find({ workspaceId, state: "open", lineUserId: { $in: lines } })
    .toArray();
  return {
    ownerOf: (alias) => survivors.get(aliases.get(keyOf(alias))?.profileId ?? ""),
    newestMerge: (profileId, isNewest) => {
      const ours = merges
        .filter(({ into, state }) => into === profileId && state === "done")
        .toSorted((one, other) => Number(one.doneAt) - Number(other.doneAt));
      return ours.at(isNewest ? -1 : 0)?._id;
    },
    conflictOf: ({ value }) => {
      const row = conflicts.find(({ lineUserId }) => lineUserId === value);
      return (
        row && {
          id: row._id,
          parties: [row.holderId, ...row.claimants.map(({ profileId }) => profileId)],
        }
      );
    },
  };
};

const isAlias = (value: unknown): value is AliasName =>
  typeof value === "object" && value !== null && "kind" in value && "value" in value;

const findSurvivors = async (
  store: Store,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, string>> => {
  const into = new Map<string, string | null>();
  let missing = [...ids];
  while (missing.length > 0) {
    const rows = await store.profiles
      .find({ _id: { $in: missing }, workspaceId }, { projection: { mergedInto: 1 } })
      .toArray();
    for (const { _id, mergedInto } of rows) into.set(_id, mergedInto);
    missing = rows.flatMap(({ mergedInto }) =>
      mergedInto !== null && !into.has(mergedInto) ? [mergedInto] : [],
    );
  }
  const survivorOf = (id: string): string => {
    const next = into.get(id);
    return next === null || next === undefined ? id : survivorOf(next);
  };
  return new Map(ids.map((id) => [id, survivorOf(id)]));
};
