import type { ClickRow, Store } from "@yubin/store";

import type { PersonClick } from "../domain/click.ts";

type Clicked = Pick<Store, "clickLinks" | "clicks">;

/** By place (`batch/index`), what people of a campaign have followed. */
export const clicksOfPlaces = async (
  store: Clicked,
  { workspaceId, campaignId }: { readonly workspaceId: string; readonly campaignId: string },
  places: readonly string[],
): Promise<(place: string) => readonly PersonClick[]> =>
  clicksBy(store, workspaceId, {
    rows: await store.clicks
      .find({ workspaceId, campaignId, place: { $in: [...places] } })
      .toArray(),
    keyOf: ({ place }) => place,
  });

/** By message on its own, what the person whom it was sent to has followed. */
export const clicksOnMessages = async (
  store: Clicked,
  workspaceId: string,
  messageIds: readonly string[],
): Promise<(messageId: string) => readonly PersonClick[]> =>
  clicksBy(store, workspaceId, {
    rows: await store.clicks.find({ messageId: { $in: [...messageIds] }, workspaceId }).toArray(),
    keyOf: ({ messageId }) => messageId,
  });

/** Each with its links in the order in which they were first followed. */
const clicksBy = async (
  { clickLinks }: Clicked,
  workspaceId: string,
  { rows, keyOf }: { readonly rows: ClickRow[]; readonly keyOf: (row: ClickRow) => string | null },
): Promise<(key: string) => readonly PersonClick[]> => {
  const linkIds = [...new Set(rows.map(({ linkId }) => linkId))];
  const links = await clickLinks
    .find({ _id: { $in: linkIds }, workspaceId })
    .project<{ _id: string; url: string }>({ url: 1 })
    .toArray();
  const urls = new Map(links.map(({ _id, url }) => [_id, url]));
  const byKey = Map.groupBy(rows, keyOf);
  return (key) =>
    (byKey.get(key) ?? [])
      .flatMap(({ linkId, count, firstAt, lastAt }): PersonClick[] => {
        const url = urls.get(linkId);
        return url === undefined ? [] : [{ url, clicks: count, firstAt, lastAt }];
      })
      .toSorted((one, other) => one.firstAt.getTime() - other.firstAt.getTime());
};
