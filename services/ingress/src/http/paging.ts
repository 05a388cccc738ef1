import { limits } from "@yubin/types";
import { z } from "zod";

import type { Cursors } from "../domain/cursors.ts";

/** `?limit=&cursor=` of every list. */
export const pageQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= limits.listLimitMax)
    .default(limits.listLimitDefault),
  cursor: z.string().min(1).max(500).optional(),
});
export type PageQuery = z.output<typeof pageQuery>;

export interface PageRead<Item, View> {
  readonly cursors: Cursors;
  /** Whose list: a cursor of another one is refused. */
  readonly list: string;
  readonly query: PageQuery;
  read(page: { after: string; limit: number }): Promise<Item[]>;
  idOf(item: Item): string;
  view(item: Item): View;
}

/** One page, and the cursor of the next where there is one: one more than asked is read to tell. */
export const readPage = async <Item, View>(
  page: PageRead<Item, View>,
): Promise<{ data: View[]; nextCursor: string | null }> => {
  const { limit, cursor } = page.query;
  const after = cursor === undefined ? "" : page.cursors.read(page.list, cursor);
  const items = await page.read({ after, limit: limit + 1 });
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  return {
    data: shown.map((item) => page.view(item)),
    nextCursor:
      items.length > limit && last ? page.cursors.write(page.list, page.idOf(last)) : null,
  };
};
