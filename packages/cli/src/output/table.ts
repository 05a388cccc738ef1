import { displayWidth, fitted } from "./display-width.ts";
import { visibleText } from "./visible-text.ts";

export interface Column<Item> {
  readonly title: string;
  readonly of: (item: Item) => string | number | boolean | null | undefined;
  /** Never cut off: ids are there to be copied. */
  readonly whole?: boolean;
}

export interface Table<Item> {
  /** The lines of more rows; the first have the header above them, and say how wide the columns are. */
  readonly lines: (items: readonly Item[]) => string[];
}

const gap = "  ";
const columnMin = 6;

/** A table of so many columns of the terminal; rows may come page by page. */
export const createTable = <Item>(
  columns: readonly Column<Item>[],
  widthMax: number | undefined,
): Table<Item> => {
  let widths: readonly number[] | undefined;
  const line = (cells: readonly string[], room: readonly number[]): string =>
    cells
      .map((cell, at) => (columns[at]?.whole ? padded : fitted)(cell, room[at] ?? 0))
      .join(gap)
      .trimEnd();
  return {
    lines: (items) => {
      const rows = items.map((item) => columns.map(({ of }) => cellOf(of(item))));
      const titles = columns.map(({ title }) => title);
      const header = widths === undefined ? [titles] : [];
      widths ??= shrunk(columns, naturalWidths([titles, ...rows]), widthMax);
      const room = widths;
      return [...header, ...rows].map((cells) => line(cells, room));
    },
  };
};

const cellOf = (value: string | number | boolean | null | undefined): string => {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return visibleText(String(value));
};

const padded = (text: string, columns: number): string =>
  text + " ".repeat(Math.max(columns - displayWidth(text), 0));

const naturalWidths = (rows: readonly (readonly string[])[]): number[] => {
  const widths: number[] = [];
  for (const row of rows)
    for (const [at, cell] of row.entries())
      widths[at] = Math.max(widths[at] ?? 0, displayWidth(cell));
  return widths;
};

/** Takes from the widest column that may be cut off, until all of them fit or none has anything to spare. */
const shrunk = <Item>(
  columns: readonly Column<Item>[],
  natural: readonly number[],
  widthMax: number | undefined,
): number[] => {
  const widths = [...natural];
  if (widthMax === undefined) return widths;
  const used = (): number => widths.reduce((sum, one) => sum + one + gap.length, -gap.length);
  for (let over = used() - widthMax; over > 0; over = used() - widthMax) {
    const spare = widths.map((width, at) => (columns[at]?.whole ? 0 : width));
    const widest = spare.indexOf(Math.max(...spare));
    if ((spare[widest] ?? 0) <= columnMin) break;
    widths[widest] = Math.max((widths[widest] ?? 0) - over, secondOf(spare), columnMin);
    if (widths[widest] === spare[widest]) widths[widest] = (spare[widest] ?? 0) - 1;
  }
  return widths;
};

const secondOf = (widths: readonly number[]): number => widths.toSorted((a, b) => b - a)[1] ?? 0;
