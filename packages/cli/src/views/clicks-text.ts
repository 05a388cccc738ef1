import type { Clicks, LinkClicks, PersonClickView } from "@yubin/types";

import type { Output } from "../output/output.ts";
import type { Column } from "../output/table.ts";

/** Clicks by link; without people where all have the same links, as then nobody can tell. */
export const clicksText = ({ people, clicks, links }: Clicks, out: Pick<Output, "table">): string =>
  clicks === null || links === null
    ? "clicks are no longer known"
    : [
        `${clicks} clicks${people === null ? "" : ` by ${people} people`}`,
        ...(links.length > 0
          ? [out.table(links, people === null ? columns : columnsOfPeople)]
          : []),
      ].join("\n");

/** How often one person followed links. */
export const sumOfClicks = (clicks: readonly PersonClickView[]): number =>
  clicks.reduce((sum, one) => sum + one.clicks, 0);

const link: Column<LinkClicks> = { title: "LINK", of: ({ url }) => url, whole: true };
const columns: readonly Column<LinkClicks>[] = [
  { title: "CLICKS", of: ({ clicks }) => clicks },
  link,
];
const columnsOfPeople: readonly Column<LinkClicks>[] = [
  { title: "PEOPLE", of: ({ people }) => people },
  ...columns,
];
