import type { AudienceListView, EstimateCounts, EstimateView } from "@yubin/types";

import type { Output } from "../output/output.ts";
import type { Column } from "../output/table.ts";
import { visibleText } from "../output/visible-text.ts";

const problemsShown = 20;

/** What came of a list, with the first of what is wrong in it. */
export const audienceListText = (list: AudienceListView): string => {
  const { id, state, reason, rows, accepted, refused, problems } = list;
  return [
    `${id} is ${state}${reason === null ? "" : `: ${visibleText(reason)}`}`,
    `${rows} rows, ${accepted} accepted, ${refused} refused`,
    ...problems
      .slice(0, problemsShown)
      .map(({ row, code, field, message }) =>
        visibleText(`row ${row}: ${code}${field === null ? "" : ` ${field}`}: ${message}`),
      ),
    ...(refused > problemsShown ? [`and ${refused - problemsShown} more`] : []),
  ].join("\n");
};

const reasons = [
  "reachable",
  "blocked",
  "noLineId",
  "suppressed",
  "excluded",
  "controlGroup",
  "noConsent",
  "overCap",
  "quietHours",
  "expired",
  "missingAttribute",
  "renderFailed",
  "duplicates",
  "notFound",
] as const satisfies readonly (keyof EstimateCounts)[];

interface Counted {
  readonly name: string;
  readonly people: number;
}

const columns: readonly Column<Counted>[] = [
  { title: "WOULD BE", of: ({ name }) => name },
  { title: "PEOPLE", of: ({ people }) => people },
];

/** Whom a campaign would reach; reasons that are true of nobody are left out. */
export const estimateText = ({ state, reason, counts }: EstimateView, out: Output): string => {
  if (!counts) return `not counted: ${visibleText(reason ?? state)}`;
  const counted = reasons
    .map((name) => ({ name, people: counts[name] }))
    .filter(({ name, people }) => people > 0 || name === "reachable");
  const { audience, quotaNeeded, quotaLeft, quotaShort, quotaForecast, sample, margin } = counts;
  return [
    out.table([{ name: "audience", people: audience }, ...counted], columns),
    "",
    `messages needed  ${quotaNeeded}`,
    `left this month  ${quotaLeft ?? "no limit, or not known"}`,
    ...(quotaShort
      ? [`too few by       ${quotaShort}: see what a campaign does then (quota)`]
      : []),
    `by its end       ${quotaForecast ?? "not known"}`,
    ...(sample ? [`by a sample: reachable is off by ${margin} at most, 95 times in 100`] : []),
  ].join("\n");
};
