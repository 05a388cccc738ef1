import { expect, it } from "vitest";

import { displayWidth, fitted } from "./display-width.ts";
import { createTable, type Column } from "./table.ts";

interface Row {
  readonly id: string;
  readonly name: string | null;
  readonly note?: string | boolean;
}

const columns: readonly Column<Row>[] = [
  { title: "ID", of: ({ id }) => id, whole: true },
  { title: "NAME", of: ({ name }) => name },
  { title: "NOTE", of: ({ note }) => note },
];
const id = "prof_0123456789abcdef";

it("aligns columns by what a terminal shows, not by letters", () => {
  const lines = createTable(columns, undefined).lines([
    { id, name: "花子", note: "a" },
    { id, name: "👩‍👩‍👧", note: "b" },
    { id, name: "e\u0301lan", note: "c" },
    { id, name: null, note: true },
  ]);
  expect(lines).toEqual([
    "ID                     NAME  NOTE",
    `${id}  花子  a`,
    `${id}  👩‍👩‍👧    b`,
    `${id}  e\u0301lan  c`,
    `${id}        yes`,
  ]);
});

it("cuts the widest column until a line fits, and never an id", () => {
  const row = { id, name: "花".repeat(40), note: "n".repeat(20) };
  for (const width of [60, 50, 40]) {
    const [, line = ""] = createTable(columns, width).lines([row]);
    expect(displayWidth(line)).toBeLessThanOrEqual(width);
    expect(line.startsWith(`${id}  花`)).toBe(true);
    expect(line).toContain("…");
  }
  const [, least = ""] = createTable(columns, 10).lines([row]);
  expect(least).toBe(`${id}  花花…   nnnnn…`);
});

it("keeps the columns of the first page, and has one header", () => {
  const table = createTable(columns, 80);
  table.lines([{ id, name: "abc" }]);
  expect(table.lines([{ id, name: "abcdefgh", note: "x" }])).toEqual([`${id}  abc…  x`]);
});

it("shows what would break a line", () => {
  const [, line = ""] = createTable(columns, undefined).lines([
    { id, name: "a\nb\u001b[2J\u2028" },
  ]);
  expect(line).toBe(`${id}  a\\nb\\u001b[2J\\u2028`);
});

it("fits a text into its columns to the cell", () => {
  expect(fitted("ab", 4)).toBe("ab  ");
  expect(fitted("abcde", 4)).toBe("abc…");
  expect(fitted("花子さん", 4)).toBe("花… ");
});
