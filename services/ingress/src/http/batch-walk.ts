/** The first so many of what is read batch by batch; no further batch is read than it takes. */
export const firstOf = async <Item>(
  batches: AsyncIterable<readonly Item[]>,
  limit: number,
): Promise<Item[]> => {
  const found: Item[] = [];
  for await (const batch of batches) {
    found.push(...batch.slice(0, limit - found.length));
    if (found.length === limit) break;
  }
  return found;
};

export async function* viewsOf<Item, View>(
  batches: AsyncIterable<readonly Item[]>,
  view: (item: Item) => View,
): AsyncGenerator<readonly View[]> {
  for await (const batch of batches) yield batch.map(view);
}
