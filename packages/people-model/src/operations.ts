import { lineAlias, type AliasName } from "@yubin/types";

import { createRandom, type Random } from "./random.ts";

/** What may happen to the people of a group, and so what can be known of them afterwards. */
export type GroupKind =
  /** They only ever come together: who is one person follows from what was told. */
  | "join"
  /** Merges are undone, and what was told since goes by name. */
  | "undo"
  /** LINE IDs are taken from people, and given to others. */
  | "move"
  /** All of it, and people are forgotten. */
  | "erase";

/** So many ids that meet each other and nobody else. */
export interface Group {
  readonly at: number;
  readonly kind: GroupKind;
  readonly users: readonly AliasName[];
  readonly anons: readonly AliasName[];
  readonly lines: readonly AliasName[];
}

export type Operation = { readonly group: Group } &
  /** A call, or a row of a file, which is one with answers to purposes. */
  (
    | {
        readonly kind: "identify" | "import";
        readonly names: readonly AliasName[];
        readonly isLate: boolean;
      }
    | { readonly kind: "follow" | "unfollow" | "unlink"; readonly line: AliasName }
    | { readonly kind: "link"; readonly who: AliasName; readonly line: AliasName }
    | { readonly kind: "merge"; readonly from: AliasName; readonly into: AliasName }
    | { readonly kind: "undo"; readonly who: AliasName; readonly isNewest: boolean }
    | { readonly kind: "resolve"; readonly line: AliasName; readonly chosen: number }
    | { readonly kind: "erase"; readonly who: AliasName }
  );

type Kind = Operation["kind"];

export const provider = "main";
const groupSize = 20;

const common = { identify: 50, import: 10, follow: 12, unfollow: 8, link: 6 };
const weights: Readonly<Record<GroupKind, Partial<Record<Kind, number>>>> = {
  join: { ...common, merge: 0.5 },
  undo: { ...common, merge: 8, undo: 9 },
  move: { ...common, merge: 3, undo: 3, unlink: 4, resolve: 5 },
  erase: { ...common, merge: 3, undo: 3, unlink: 2, resolve: 3, erase: 2 },
};
const kinds: readonly GroupKind[] = ["join", "undo", "move", "undo", "erase"];

const groupsOf = (ids: number): Group[] =>
  Array.from({ length: Math.ceil(ids / groupSize) }, (_, at) => {
    const made = (letter: string, count: number): string[] =>
      Array.from({ length: count }, (__, n) => `${letter}-${at}-${n}`);
    return {
      at,
      kind: kinds[at % kinds.length] ?? "join",
      users: made("u", 8).map((value) => ({ kind: "user", value })),
      anons: made("a", 6).map((value) => ({ kind: "anon", value })),
      lines: made("l", 6).map((_value, n) =>
        lineAlias(provider, `U${(at * groupSize + n).toString(16).padStart(32, "0")}`),
      ),
    };
  });

/** The same seed gives the same operations. Most fall on groups near each other, so that they meet. */
export const createOperations = (seed: number, ids: number): (() => Operation) => {
  const random = createRandom(seed);
  const groups = groupsOf(ids);
  return () => operationIn(random.pick(groups), random);
};

const operationIn = (group: Group, random: Random): Operation => {
  const line = random.pick(group.lines);
  const named = [...group.users, ...group.anons];
  const who = random.pick([...named, ...group.lines]);
  const kind = kindOf(group.kind, random);
  switch (kind) {
    case "follow":
      return { kind: "follow", group, line };
    case "unfollow":
      return { kind: "unfollow", group, line };
    case "unlink":
      return { kind: "unlink", group, line };
    case "link":
      return { kind: "link", group, who: random.pick(named), line };
    case "merge":
      return { kind: "merge", group, from: who, into: random.pick([...named, ...group.lines]) };
    case "undo":
      return { kind: "undo", group, who, isNewest: random.below(5) > 0 };
    case "resolve":
      return { kind: "resolve", group, line, chosen: random.below(1_000) };
    case "erase":
      return { kind: "erase", group, who };
    default:
      return {
        kind,
        group,
        names: namesIn(group, random),
        isLate: random.below(10) === 0,
      };
  }
};

const kindOf = (group: GroupKind, random: Random): Kind => {
  const choices = Object.entries(weights[group]) as [Kind, number][];
  const total = choices.reduce((sum, [, weight]) => sum + weight, 0);
  let at = (random.below(1_000_000) / 1_000_000) * total;
  for (const [kind, weight] of choices) {
    if (at < weight) return kind;
    at -= weight;
  }
  return "identify";
};

/** Of each kind of name at most one, as a call can name them; the first is the one whose trait it sets. */
const namesIn = (group: Group, random: Random): AliasName[] => {
  const user = random.pick(group.users);
  const line = random.pick(group.lines);
  const anon = random.pick(group.anons);
  return random.pick([[user], [user, line], [user, anon], [line, anon], [anon], [user, line]]);
};
