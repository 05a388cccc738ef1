import type { Page, PageOptions } from "@yubin/client";
import { limits } from "@yubin/types";
import { InvalidArgumentError, type Command } from "commander";

export interface ListOptions {
  readonly limit: number;
  readonly all?: boolean;
}

const wholeNumber = (text: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("a whole number from 1 on.");
  return Number(text);
};

/** `--limit` and `--all` of every list. */
export const withListOptions = (command: Command): Command =>
  command
    .option("--limit <count>", "at most so many", wholeNumber, limits.listLimitDefault)
    .option("--all", "all there are");

/** Page after page, until there are so many, or no more. */
export async function* pagesOf<Item>(
  read: (page: PageOptions) => Promise<Page<Item>>,
  { limit, all = false }: ListOptions,
  more: (note: string) => void,
): AsyncGenerator<readonly Item[]> {
  let left = all ? Infinity : limit;
  for (let cursor: string | undefined; ;) {
    const page = await read({ limit: Math.min(left, limits.listLimitMax), cursor });
    left -= page.data.length;
    yield page.data;
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
    if (left > 0) continue;
    more("There are more: --limit or --all.");
    return;
  }
}
