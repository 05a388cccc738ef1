import type { Store } from "@yubin/store";
import type { Clicks } from "@yubin/types";

import type { ClickSums, ClicksOf } from "../domain/click.ts";

interface LinkCount {
  readonly _id: string;
  readonly people: number;
  readonly clicks: number;
}

/** Clicks by the rows that they left, each of one link and, where people have links of their own, of one person. */
export const createClickSums = (store: Pick<Store, "clickLinks" | "clicks">): ClickSums => ({
  sum: async (of) => {
    const owned = ownedBy(of);
    const links = await store.clickLinks
      .find(owned)
      .project<{ _id: string; url: string }>({ url: 1 })
      .sort({ _id: 1 })
      .toArray();
    const isOfPeople = "messageId" in of || of.tracking === "person";
    // Before the links' own numbers, which are then of no fewer people, whoever clicks meanwhile.
    const people = isOfPeople ? await countPeople(store, owned) : null;
    const counts = await store.clicks
      .aggregate<LinkCount>([
        { $match: owned },
        { $group: { _id: "$linkId", people: { $sum: 1 }, clicks: { $sum: "$count" } } },
      ])
      .toArray();
    const byLink = new Map(counts.map((count) => [count._id, count]));
    const sums = links
      .map(({ _id, url }) => {
        const { people: some = 0, clicks = 0 } = byLink.get(_id) ?? {};
        return { url, people: isOfPeople ? some : null, clicks };
      })
      .toSorted((one, other) => (one.url < other.url ? -1 : 1));
    return {
      people,
      clicks: sums.reduce((sum, { clicks }) => sum + clicks, 0),
      links: sums,
    } satisfies Clicks;
  },
});

type Owned = { readonly workspaceId: string } & (
  | { readonly campaignId: string }
  | { readonly messageId: string }
);

const ownedBy = (of: ClicksOf): Owned => {
  const { workspaceId } = of;
  return "messageId" in of
    ? { workspaceId, messageId: of.messageId }
    : { workspaceId, campaignId: of.campaignId };
};

/** Whoever has followed any link, once. */
const countPeople = async ({ clicks }: Pick<Store, "clicks">, owned: Owned): Promise<number> => {
  const [counted] = await clicks
    .aggregate<{ people: number }>([
      { $match: { ...owned, place: { $ne: null } } },
      { $group: { _id: "$place" } },
      { $group: { _id: null, people: { $sum: 1 } } },
    ])
    .toArray();
  return counted?.people ?? 0;
};
