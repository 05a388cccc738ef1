import { once } from "node:events";
import type { Accepted } from "@yubin/client";

import type { Io } from "../io.ts";
import { createTable, type Column } from "./table.ts";
import { visibleJson, visibleLines } from "./visible-text.ts";

/** What a command tells: for machines as JSON, for people as text; never anything that a terminal would obey. */
export interface Output {
  readonly json: boolean;
  /** One document, or the text that says the same. */
  readonly show: (value: unknown, text: () => string) => Promise<void>;
  /** One document a line, or a table. */
  readonly list: <Item>(
    pages: AsyncIterable<readonly Item[]>,
    columns: readonly Column<Item>[],
    empty: string,
  ) => Promise<void>;
  /** The lines of a table inside a text. */
  readonly table: <Item>(items: readonly Item[], columns: readonly Column<Item>[]) => string;
  /** What is stored and not done yet. */
  readonly accepted: (answer: Accepted) => Promise<void>;
  /** For people alone, beside the output. */
  readonly note: (text: string) => void;
}

export const createOutput = (io: Io, json: boolean): Output => {
  const { stdout, stderr } = io;
  const write = async (text: string): Promise<void> => {
    if (!stdout.write(text)) await once(stdout, "drain");
  };
  const widthMax = stdout.isTTY ? (stdout.columns ?? 80) : undefined;
  const show: Output["show"] = (value, text) =>
    write(json ? `${visibleJson(value)}\n` : `${visibleLines(text())}\n`);
  return {
    json,
    show,
    list: async (pages, columns, empty) => {
      const table = createTable(columns, widthMax);
      let isEmpty = true;
      for await (const items of pages) {
        if (items.length === 0) continue;
        isEmpty = false;
        const lines = json ? items.map(visibleJson) : table.lines(items);
        await write(lines.map((line) => `${line}\n`).join(""));
      }
      if (isEmpty && !json) await write(`${empty}\n`);
    },
    table: (items, columns) => createTable(columns, widthMax).lines(items).join("\n"),
    accepted: (answer) =>
      show(answer, () => `Stored as ${answer.id}; it is not done yet, and will be.`),
    note: (text) => {
      if (!json) stderr.write(`${visibleLines(text)}\n`);
    },
  };
};
