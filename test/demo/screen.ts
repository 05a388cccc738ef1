import { styleText } from "node:util";

/** What the person at the terminal sees: chapters, a moving line of progress, a table. */
export interface Screen {
  chapter(title: string): void;
  line(text: string): void;
  /** Replaces the line before it on a terminal; elsewhere prints a line every two seconds, and the last one. */
  progress(text: string): void;
  table(rows: readonly (readonly [label: string, ...values: (string | number)[]])[]): void;
}

const quietEveryMs = 2_000;

export const createScreen = (out: NodeJS.WriteStream = process.stdout): Screen => {
  const startedAt = performance.now();
  let progressShown = false;
  let progressAt = -Infinity;
  let held: string | undefined;

  const print = (text: string): void => {
    if (progressShown) out.write("\r\u001b[K");
    if (held !== undefined) out.write(`         ${held}\n`);
    progressShown = false;
    held = undefined;
    out.write(`${text}\n`);
  };
  return {
    chapter: (title) => {
      progressAt = -Infinity;
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1).padStart(5);
      print(`${styleText("dim", `${seconds} s`)}  ${styleText("bold", title)}`);
    },
    line: (text) => print(`         ${text}`),
    progress: (text) => {
      if (out.isTTY) {
        out.write(`\r\u001b[K         ${text}`);
        progressShown = true;
      } else if (performance.now() - progressAt > quietEveryMs) {
        progressAt = performance.now();
        held = undefined;
        print(`         ${text}`);
      } else {
        held = text;
      }
    },
    table: (rows) => {
      const widths = columnWidths(rows);
      for (const row of rows)
        print(row.map((cell, column) => padCell(cell, widths[column] ?? 0, column)).join("  "));
    },
  };
};

const columnWidths = (rows: readonly (readonly (string | number)[])[]): number[] => {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, String(cell).length);
  }
  return widths;
};

/** Labels to the left, numbers to the right. */
const padCell = (cell: string | number, width: number, column: number): string =>
  column === 0 ? String(cell).padEnd(width) : String(cell).padStart(width);
