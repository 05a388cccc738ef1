import type { ClickLinkRow, Store } from "@yubin/store";

import type { PersonClick } from "../domain/click.ts";
import { olderClicksOn } from "./older-clicks.ts";

type Clicked = Pick<Store, "clickLinks" | "clicks">;

/** By place (`batch/index`), what people of a campaign have followed. */
export const clicksOfPlaces = async (
  { clicks, clickLinks }: Clicked,
  { workspaceId, campaignId }: { readonly workspaceId: string; readonly campaignId: string },
  places: readonly string[],
): Promise<(place: string) => readonly PersonClick[]> => {
  const rows = await clicks
    .find({ workspaceId, campaignId, place: { $in: [...places] } })
    .toArray();
  const links = await clickLinks
    .find({ _id: { $in: [...new Set(rows.map(({ linkId }) => linkId))] }, workspaceId })
    .project<{ _id: string; url: string }>({ url: 1 })
    .toArray();
  const urls = new Map(links.map(({ _id, url }) => [_id, url]));
  const byPlace = Map.groupBy(rows, ({ place }) => place);
  return (place) =>
    inOrder(
      (byPlace.get(place) ?? []).flatMap(({ linkId, ...counts }) => {
        const url = urls.get(linkId);
        return url === undefined ? [] : [clickOn(url, counts)];
      }),
    );
};

/** By message on its own, what the person whom it was sent to has followed. */
export const clicksOnMessages = async (
  { clicks, clickLinks }: Clicked,
  workspaceId: string,
  messageIds: readonly string[],
): Promise<(messageId: string) => readonly PersonClick[]> => {
  const of = { messageId: { $in: [...messageIds] }, workspaceId };
  const links = await clickLinks
    .find(of)
    .project<Pick<ClickLinkRow, "_id" | "messageId" | "url" | "clicked">>({
      messageId: 1,
      url: 1,
      clicked: 1,
    })
    .toArray();
  const linkIds = links.map(({ _id }) => _id);
  const older = await olderClicksOn(clicks, workspaceId, linkIds);
  const byMessage = Map.groupBy(links, ({ messageId }) => messageId);
  return (messageId) =>
    inOrder(
      (byMessage.get(messageId) ?? []).flatMap(({ _id, url, clicked }) => {
        const all = [...(older.get(_id) ?? []), ...(clicked ? [clicked] : [])];
        return all.length === 0 ? [] : [clickOn(url, ...all)];
      }),
    );
};

type Counts = Required<ClickLinkRow>["clicked"];

const clickOn = (url: string, ...all: readonly Counts[]): PersonClick => ({
  url,
  clicks: all.reduce((sum, { count }) => sum + count, 0),
  firstAt: new Date(Math.min(...all.map(({ firstAt }) => firstAt.getTime()))),
  lastAt: new Date(Math.max(...all.map(({ lastAt }) => lastAt.getTime()))),
});

/** In the order in which links were first followed. */
const inOrder = (clicks: readonly PersonClick[]): PersonClick[] =>
  clicks.toSorted((one, other) => one.firstAt.getTime() - other.firstAt.getTime());
