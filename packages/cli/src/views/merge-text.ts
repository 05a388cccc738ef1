import type { ConflictView, MergeValueView, MergeView } from "@yubin/types";

import type { Output } from "../output/output.ts";
import type { Column } from "../output/table.ts";

const textOf = (value: unknown): string => {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
};

const valueColumns: readonly Column<MergeValueView>[] = [
  { title: "VALUE", of: ({ field }) => field },
  { title: "STAYS", of: ({ kept }) => textOf(kept) },
  { title: "GIVES WAY", of: ({ lost }) => textOf(lost) },
  { title: "OF", of: ({ from }) => (from === "into" ? "the one that stays" : "the merged one") },
  { title: "BECAUSE", of: ({ because }) => because },
];

export const mergeColumns: readonly Column<MergeView>[] = [
  { title: "ID", of: ({ id }) => id, whole: true },
  { title: "STATE", of: ({ state }) => state },
  { title: "FROM", of: ({ from }) => from, whole: true },
  { title: "INTO", of: ({ into }) => into, whole: true },
  { title: "ASKED BY", of: ({ askedBy }) => askedBy },
  { title: "AT", of: ({ startedAt }) => startedAt },
  { title: "UNDO UNTIL", of: ({ undoUntil }) => undoUntil },
];

/** What a merge does, or has done. */
export const mergeText = (merge: MergeView, { table }: Pick<Output, "table">): string => {
  const { id, state, from, into, values, undoUntil } = merge;
  if (state === "already_same") return `${from} and ${into} are one person already.`;
  const heads: Readonly<Record<typeof state, string>> = {
    preview: `${from} would become part of ${into}, whose id stays.`,
    running: `${from} is becoming part of ${into} (${id}).`,
    done: `${from} is now part of ${into} (${id}).`,
    undoing: `${from} and ${into} are being taken apart (${id}).`,
    undone: `${from} and ${into} are two people again (${id}).`,
  };
  const isUndoable = state === "done" && undoUntil !== null;
  return [
    heads[state],
    ...(values.length === 0 ? [] : [table(values, valueColumns)]),
    ...(isUndoable ? [`Can be undone until ${undoUntil}: yubin merge undo ${id}`] : []),
  ].join("\n");
};

export const conflictColumns: readonly Column<ConflictView>[] = [
  { title: "ID", of: ({ id }) => id, whole: true },
  { title: "ABOUT", of: aboutOf },
  { title: "BECAUSE", of: ({ because }) => because },
  { title: "HOLDER", of: ({ holder }) => holder.externalId ?? holder.profileId },
  {
    title: "CLAIMED BY",
    of: ({ claimants }) =>
      claimants.map(({ externalId, profileId }) => externalId ?? profileId).join(", "),
  },
  { title: "STATE", of: ({ state }) => state },
  { title: "SINCE", of: ({ since }) => since },
];

function aboutOf({ kind, provider, lineUserId }: ConflictView): string {
  return kind === "merge" ? "two profiles" : `line:${provider}:${lineUserId}`;
}

interface Party {
  readonly role: string;
  readonly profileId: string;
  readonly externalId: string | null;
  readonly proof?: string;
  readonly at?: string;
}

const partyColumns: readonly Column<Party>[] = [
  { title: "WHO", of: ({ role }) => role },
  { title: "ID", of: ({ profileId }) => profileId, whole: true },
  { title: "EXTERNAL ID", of: ({ externalId }) => externalId },
  { title: "PROOF", of: ({ proof }) => proof },
  { title: "AT", of: ({ at }) => at },
];

export const conflictText = (conflict: ConflictView, { table }: Pick<Output, "table">): string => {
  const { id, state, since, resolvedTo, resolvedAt, resolvedBy } = conflict;
  const parties: Party[] = [
    { role: "holder", ...conflict.holder },
    ...conflict.claimants.map((one) => ({ role: "claims it", ...one })),
  ];
  const means = conflict.kind === "merge" ? "--merge or --keep-apart" : "--to <ref of one of them>";
  return [
    `${id} about ${aboutOf(conflict)}, ${state}, since ${since}`,
    conflict.explanation,
    table(parties, partyColumns),
    state === "open"
      ? `yubin conflicts resolve ${id} ${means}`
      : `Resolved at ${resolvedAt} by ${resolvedBy ?? "the rules"}, to ${resolvedTo ?? "nobody"}`,
  ].join("\n");
};
