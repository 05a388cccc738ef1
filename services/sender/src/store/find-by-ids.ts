import type { ProfileRow, Store } from "@yubin/store";

export interface FindByIds {
  readonly workspaceId: string;
  readonly ids: readonly string[];
  readonly projection: Readonly<Partial<Record<keyof ProfileRow, 1>>>;
}

/** From so many ids on it pays to read them as a stretch of the collection. */
const stretchMin = 50;
/** So many rows of a stretch are read for each id that is wanted; strangers may stand in between. */
const rowsPerId = 1.5;

/**
 * Profiles by their ids, in no order. The people of one batch stand close together in the collection, and a stretch of
 * it costs half of what as many single look-ups do; whoever is left over is looked up.
 */
export const findByIds = async <Row extends { _id: string }>(
  { profiles }: Pick<Store, "profiles">,
  { workspaceId, ids, projection }: FindByIds,
): Promise<Row[]> => {
  const missing = new Set(ids);
  const [first, last] = [ids[0], ids.at(-1)];
  const rows: Row[] = [];
  if (first !== undefined && last !== undefined && isStretch(ids)) {
    const stretch = await profiles
      .find({ _id: { $gte: first, $lte: last }, workspaceId })
      .project<Row>(projection)
      .sort({ _id: 1 })
      .limit(Math.ceil(ids.length * rowsPerId))
      .batchSize(ids.length * 2)
      .toArray();
    rows.push(...stretch.filter(({ _id }) => missing.delete(_id)));
  }
  if (missing.size === 0) return rows;
  const others = await profiles
    .find({ _id: { $in: [...missing] }, workspaceId })
    .project<Row>(projection)
    .batchSize(ids.length * 2)
    .toArray();
  return [...rows, ...others];
};

const isStretch = (ids: readonly string[]): boolean =>
  ids.length >= stretchMin && ids.every((id, place) => place === 0 || id > (ids[place - 1] ?? ""));
