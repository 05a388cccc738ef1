import { fromRanges, toRanges } from "./ranges.ts";
import type { BatchRow, CallRow, PackedCallsRow } from "./rows/batches.ts";

/**
 * The open calls of a batch as they are stored: two hundred pushes that were frozen together differ only in whom they
 * are for, so what they share is written once. Pushes of one time come back in the order of their people.
 */
export const packCalls = (calls: readonly CallRow[]): BatchRow["calls"] => {
  const groups = new Map<string, Group>();
  for (const [place, call] of calls.entries()) {
    const key = isForOne(call) ? togetherKey(call) : `${place}`;
    const group = groups.get(key);
    if (group) group.push(call);
    else groups.set(key, [call]);
  }
  return [...groups.values()].map(packTogether);
};

/** The open calls of a batch one by one, however they are stored. */
export const callsOf = ({ calls }: Pick<BatchRow, "calls">): CallRow[] =>
  calls.flatMap((row) => ("paths" in row ? unpack(row) : row));

type Group = [CallRow, ...CallRow[]];

const isForOne = ({ method, members: [from, to, ...more], reply }: CallRow): boolean =>
  method === "push" && from === to && more.length === 0 && reply === undefined;

const togetherKey = ({ attempts, firstAttemptAt, nextAt }: CallRow): string =>
  `${attempts}/${firstAttemptAt.getTime()}/${nextAt.getTime()}`;

const packTogether = (group: Group): CallRow | PackedCallsRow => {
  const [first, ...others] = group;
  if (others.length === 0) return first;
  const calls = group.toSorted((one, other) => (one.members[0] ?? 0) - (other.members[0] ?? 0));
  const { attempts, firstAttemptAt, nextAt } = first;
  return {
    method: "push",
    members: toRanges(calls.map(({ members }) => members[0] ?? 0)),
    paths: calls.map(({ path }) => path),
    bodies: calls.map(({ body }) => body),
    retryKeys: calls.map(({ retryKey }) => retryKey),
    attempts,
    firstAttemptAt,
    nextAt,
  };
};

const unpack = ({ members, paths, bodies, retryKeys, ...shared }: PackedCallsRow): CallRow[] =>
  fromRanges(members).map((index, place) => ({
    ...shared,
    path: paths[place] ?? "",
    members: [index, index],
    body: bodies[place] ?? "",
    retryKey: retryKeys[place] ?? "",
  }));
