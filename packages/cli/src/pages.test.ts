import type { PageOptions } from "@yubin/client";
import { expect, it } from "vitest";

import { pagesOf, type ListOptions } from "./pages.ts";

/** A list of 500 of which pages are short now and then, and what was asked of it. */
const setup = () => {
  const asked: PageOptions[] = [];
  const read = async (page: PageOptions) => {
    asked.push(page);
    const from = Number(page.cursor ?? 0);
    const isEmpty = asked.length === 2;
    const to = isEmpty ? from : Math.min(from + (page.limit ?? 0), 500);
    const data = Array.from({ length: to - from }, (_, at) => from + at);
    return { data, nextCursor: to < 500 ? String(to) : null };
  };
  const notes: string[] = [];
  const all = async (options: ListOptions): Promise<number[]> => {
    const items: number[] = [];
    for await (const page of pagesOf(read, options, (note) => void notes.push(note)))
      items.push(...page);
    return items;
  };
  return { asked, notes, all };
};

const first = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

it("goes on over empty pages until there are so many, and says that there are more", async () => {
  const { asked, notes, all } = setup();
  expect(await all({ limit: 450 })).toEqual(first(450));
  expect(asked.map(({ limit, cursor }) => [limit, cursor])).toEqual([
    [200, undefined],
    [200, "200"],
    [200, "200"],
    [50, "400"],
  ]);
  expect(notes).toEqual(["There are more: --limit or --all."]);
});

it("goes on to the end, and says nothing of more where there is none", async () => {
  for (const options of [{ limit: 50, all: true }, { limit: 500 }, { limit: 501 }]) {
    const { notes, all } = setup();
    expect(await all(options)).toEqual(first(500));
    expect(notes).toEqual([]);
  }
});
