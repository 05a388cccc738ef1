import type { ImportRowView, ImportView } from "@yubin/types";

import type { Column } from "../output/table.ts";
import { visibleText } from "../output/visible-text.ts";

const mebibyte = 1_048_576;

export const sizeOf = (bytes: number): string =>
  bytes < mebibyte ? `${Math.ceil(bytes / 1_024)} KiB` : `${(bytes / mebibyte).toFixed(1)} MiB`;

/** How far a file is, or how it ended. */
export const importText = (one: ImportView): string => {
  const why = one.reason === null ? "" : `: ${visibleText(one.reason)}`;
  const reasons = Object.entries(one.reasons);
  return [
    `${one.id} ${one.state}${why}`,
    `rows         ${one.rows}`,
    `applied      ${one.applied}`,
    `waiting      ${one.waiting}`,
    `ignored      ${one.ignored}`,
    `quarantined  ${one.quarantined}`,
    `refused      ${one.refused}`,
    ...reasons.map(([reason, count]) => `  ${visibleText(reason)}: ${count}`),
  ].join("\n");
};

export const rowColumns: readonly Column<ImportRowView>[] = [
  { title: "ROW", of: ({ row }) => row },
  { title: "OUTCOME", of: ({ outcome }) => outcome },
  { title: "REASON", of: ({ reason }) => reason },
  { title: "FIELD", of: ({ field }) => field },
  { title: "MESSAGE", of: ({ message }) => message },
  { title: "PERSON", of: ({ profileId }) => profileId },
];
