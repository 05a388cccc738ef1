import { olderClickIds, type ClickRow, type Store } from "@yubin/store";

/** By link of a message, the clicks that were stored before they stood in the link's own row. */
export const olderClicksOn = async (
  clicks: Store["clicks"],
  workspaceId: string,
  linkIds: readonly string[],
): Promise<ReadonlyMap<string, readonly ClickRow[]>> => {
  if (linkIds.length === 0) return new Map();
  const ids = linkIds.flatMap(olderClickIds);
  const rows = await clicks.find({ _id: { $in: ids }, workspaceId }).toArray();
  return Map.groupBy(rows, ({ linkId }) => linkId);
};
