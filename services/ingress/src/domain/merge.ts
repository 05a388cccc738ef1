import type { MergeValueView, MergeView } from "@yubin/types";

/** A profile as a merge's journal keeps it. */
interface Side {
  readonly externalId: string | null;
  readonly traits: Readonly<Record<string, unknown>>;
  readonly consents: Readonly<Record<string, unknown>>;
  readonly suppression: unknown;
}

export interface Merge {
  readonly id: string;
  readonly state: "preview" | "started" | "done" | "undoing" | "undone" | "void";
  readonly from: string;
  readonly into: string;
  readonly askedBy: string;
  readonly loserBefore: Side | null;
  readonly survivorBefore: Side | null;
  readonly values: readonly Pick<MergeValueView, "field" | "from" | "because">[];
  readonly startedAt: Date;
  readonly undoUntil: Date;
  readonly undoneAt: Date | null;
}

export interface Merges {
  find(workspaceId: string, id: string): Promise<Merge | undefined>;
  /** The merge that an event asked for. */
  findByEvent(workspaceId: string, eventRowId: string): Promise<Merge | undefined>;
  /** By id; of one person, where one is given: all in which they took part. */
  list(
    workspaceId: string,
    page: {
      readonly after: string;
      readonly limit: number;
      readonly profileIds: readonly string[] | undefined;
    },
  ): Promise<Merge[]>;
}

const states = {
  preview: "preview",
  started: "running",
  void: "running",
  done: "done",
  undoing: "undoing",
  undone: "undone",
} as const;

/** What a merge did or would do, value by value. */
export const mergeView = (merge: Merge): MergeView => ({
  id: merge.id,
  state: states[merge.state],
  from: merge.from,
  into: merge.into,
  askedBy: merge.state === "preview" ? null : merge.askedBy,
  values: merge.values.map((value) => valueView(merge, value)),
  startedAt: merge.state === "preview" ? null : merge.startedAt.toISOString(),
  undoUntil: merge.state === "preview" ? null : merge.undoUntil.toISOString(),
  undoneAt: merge.undoneAt?.toISOString() ?? null,
});

const valueView = (
  { loserBefore, survivorBefore }: Merge,
  { field, from, because }: Merge["values"][number],
): MergeValueView => {
  const theirs = valueIn(loserBefore, field);
  const ours = valueIn(survivorBefore, field);
  const [kept, lost] = from === "into" ? [ours, theirs] : [theirs, ours];
  return { field, from, because, kept, lost: because === "only" ? null : lost };
};

const valueIn = (side: Side | null, field: string): unknown => {
  if (!side) return null;
  if (field === "externalId") return side.externalId;
  if (field === "suppression") return side.suppression;
  const [kind, ...rest] = field.split(".");
  const of = kind === "traits" ? side.traits : side.consents;
  const key = rest.join(".");
  return Object.hasOwn(of, key) ? of[key] : null;
};
