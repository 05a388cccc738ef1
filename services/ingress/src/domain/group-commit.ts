import { isStoreAway, storeAway } from "./breaker.ts";

export interface GroupCommitOptions<Item, Result> {
  /** Writes all items at once and tells of each; rejects where nothing can be said about any of them. */
  write(items: readonly Item[]): Promise<readonly Result[]>;
  /** Whether a rejection is about the store; otherwise one item may have spoilt the write for all. */
  isAway(error: unknown): boolean;
  /** A group is closed at this size; a single caller's items are never torn apart. */
  readonly itemsMax: number;
  readonly flightsMax: number;
  /** How long a caller waits, from asking to the acknowledged write. */
  readonly deadlineMs: number;
}

interface Member<Item, Result> {
  readonly items: readonly Item[];
  readonly resolve: (results: readonly Result[]) => void;
  readonly reject: (error: unknown) => void;
  gone: boolean;
}

/**
 * Lets callers that come together share one write. Each learns the fate of its own items and of nobody else's: a
 * write that one of them has spoilt is repeated for each alone.
 */
export const createGroupCommit = <Item, Result>(options: GroupCommitOptions<Item, Result>) => {
  let waiting: Member<Item, Result>[] = [];
  let flights = 0;

  const takeGroup = (): Member<Item, Result>[] => {
    const group: Member<Item, Result>[] = [];
    let size = 0;
    const rest = waiting.filter((member) => {
      if (member.gone) return false;
      if (group.length > 0 && size + member.items.length > options.itemsMax) return true;
      size += member.items.length;
      group.push(member);
      return false;
    });
    waiting = rest;
    return group;
  };

  const pump = (): void => {
    while (waiting.length > 0 && flights < options.flightsMax) {
      const group = takeGroup();
      if (group.length === 0) return;
      flights += 1;
      void fly(options, group).finally(() => {
        flights -= 1;
        pump();
      });
    }
  };

  return (items: readonly Item[]): Promise<readonly Result[]> => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Result[]>();
    const member: Member<Item, Result> = { items, resolve, reject, gone: false };
    const timer = setTimeout(() => {
      member.gone = true;
      reject(storeAway());
    }, options.deadlineMs);
    waiting.push(member);
    if (flights < options.flightsMax) setImmediate(pump);
    return promise.finally(() => clearTimeout(timer));
  };
};

/** Never rejects: every member is told. */
const fly = async <Item, Result>(
  options: GroupCommitOptions<Item, Result>,
  group: readonly Member<Item, Result>[],
): Promise<void> => {
  try {
    const results = await inTime(options, group);
    let start = 0;
    for (const { items, resolve } of group) {
      resolve(results.slice(start, start + items.length));
      start += items.length;
    }
  } catch (error) {
    if (group.length === 1 || isStoreAway(error) || options.isAway(error)) {
      for (const { reject } of group) reject(error);
      return;
    }
    for (const member of group) await fly(options, [member]);
  }
};

/** A write that a dead connection holds must not hold its place as well; should it still arrive, it does no harm. */
const inTime = async <Item, Result>(
  { write, deadlineMs }: GroupCommitOptions<Item, Result>,
  group: readonly Member<Item, Result>[],
): Promise<readonly Result[]> => {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(storeAway()), deadlineMs);
  try {
    return await Promise.race([write(group.flatMap(({ items }) => items)), late]);
  } finally {
    clearTimeout(timer);
  }
};
