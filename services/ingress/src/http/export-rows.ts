import { csvLine } from "../domain/csv-line.ts";
import type { ApiAnswer } from "./api-route.ts";

export type ExportFormat = "csv" | "ndjson";

/** The file that a caller asks for in `Accept`; undefined for the usual page. */
export const exportFormat = (accept: string | undefined): ExportFormat | undefined => {
  if (accept === undefined) return undefined;
  if (/\btext\/csv\b/i.test(accept)) return "csv";
  return /\bapplication\/x-ndjson\b/i.test(accept) ? "ndjson" : undefined;
};

/** How a thing is written: as an object, or as the cells of named columns. */
export interface RowForms<Item> {
  view(item: Item): object;
  readonly columns: Readonly<Record<string, (item: Item) => string | null>>;
}

/** Pages of things as one file, of which a page at a time is in memory. */
export const exportRows = <Item>(
  format: ExportFormat,
  pages: AsyncIterable<readonly Item[]>,
  forms: RowForms<Item>,
): ApiAnswer => ({
  status: 200,
  stream: {
    type: format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson",
    pieces: format === "csv" ? csvOf(pages, forms) : ndjsonOf(pages, forms),
  },
});

async function* ndjsonOf<Item>(
  pages: AsyncIterable<readonly Item[]>,
  { view }: RowForms<Item>,
): AsyncGenerator<string> {
  for await (const page of pages)
    if (page.length > 0) yield page.map((item) => `${JSON.stringify(view(item))}\n`).join("");
}

async function* csvOf<Item>(
  pages: AsyncIterable<readonly Item[]>,
  { columns }: RowForms<Item>,
): AsyncGenerator<string> {
  yield csvLine(Object.keys(columns));
  for await (const page of pages)
    if (page.length > 0)
      yield page
        .map((item) => csvLine(Object.values(columns).map((cellOf) => cellOf(item))))
        .join("");
}
