import type { ClickLinkRow, Store } from "@yubin/store";
import type { Clicks, LinkClicks } from "@yubin/types";

import type { ClickSums, ClicksOf } from "../domain/click.ts";
import { countClicks, rowsPerCountMax, type ClickCounts, type LinkCount } from "./count-clicks.ts";
import { olderClicksOn } from "./older-clicks.ts";

type Link = Pick<ClickLinkRow, "_id" | "variant" | "url" | "clicked">;

/** Clicks by the rows that they left, each of one link and, where people have links of their own, of one person. */
export const createClickSums = (
  store: Pick<Store, "clickLinks" | "clicks">,
  { rowsMax = rowsPerCountMax } = {},
): ClickSums => ({
  sum: async (of) => {
    const links = await store.clickLinks
      .find(ownedBy(of))
      .project<Link>({ variant: 1, url: 1, clicked: 1 })
      .toArray();
    const variants = [...Map.groupBy(links, ({ variant }) => variant)];
    const isOfPeople = "messageId" in of || of.tracking === "person";
    // Of words with one link its people are all.
    const hasMore = isOfPeople && variants.some(([, some]) => some.length > 1);
    const { byLink, firsts } =
      "messageId" in of
        ? await countOnMessage(store, of.workspaceId, links)
        : await countClicks(store, of, { firsts: hasMore, rowsMax });
    const sums = new Map(
      variants.map(([variant, some]) => {
        const ofThese = sumOf(some, byLink);
        return [variant, { ...ofThese, people: peopleOf(some, ofThese.links, firsts) }];
      }),
    );
    const told = (clicks: Counted): Clicks => (isOfPeople ? clicks : withoutPeople(clicks));
    return {
      all: told(together([...sums.values()])),
      of: (variant) => told(sums.get(variant) ?? nothing),
    };
  },
});

const ownedBy = (of: ClicksOf) => {
  const { workspaceId } = of;
  return "messageId" in of
    ? { workspaceId, messageId: of.messageId }
    : { workspaceId, campaignId: of.campaignId };
};

/** In the rows of its links, and of each link by one person. */
const countOnMessage = async (
  { clicks }: Pick<Store, "clicks">,
  workspaceId: string,
  links: readonly Link[],
): Promise<ClickCounts> => {
  const older = await olderClicksOn(
    clicks,
    workspaceId,
    links.map(({ _id }) => _id),
  );
  const byLink = new Map(
    links.map(({ _id, clicked }) => {
      const all = [...(older.get(_id) ?? []), ...(clicked ? [clicked] : [])];
      return [_id, { people: Math.min(all.length, 1), clicks: sum(all, "count") }];
    }),
  );
  return { byLink, firsts: new Map() };
};

interface Counted extends Clicks {
  readonly people: number;
  readonly clicks: number;
  readonly links: readonly CountedLink[];
}
interface CountedLink extends LinkClicks {
  readonly people: number;
}

const nothing: Counted = { people: 0, clicks: 0, links: [] };

const sumOf = (
  links: readonly Link[],
  counts: ReadonlyMap<string, LinkCount>,
): Omit<Counted, "people"> => {
  const ofEach = links.map(({ _id, url }): CountedLink => {
    const { people = 0, clicks = 0 } = counts.get(_id) ?? {};
    return { url, people, clicks };
  });
  return { clicks: sum(ofEach, "clicks"), links: byAddress(ofEach) };
};

/** Whoever clicked between two counts is told so that no link has more people than all of them have, nor all too many. */
const peopleOf = (
  links: readonly Link[],
  ofEach: readonly CountedLink[],
  firsts: ReadonlyMap<string, number>,
): number => {
  const counted = links.reduce((all, { _id }) => all + (firsts.get(_id) ?? 0), 0);
  const least = Math.max(0, ...ofEach.map(({ people }) => people));
  return Math.min(Math.max(counted, least), sum(ofEach, "people"));
};

/** Everybody is in one variant, so nobody is counted twice; addresses that several of them have are told once. */
const together = (variants: readonly Counted[]): Counted => {
  const links = Map.groupBy(
    variants.flatMap((one) => one.links),
    ({ url }) => url,
  );
  return {
    people: sum(variants, "people"),
    clicks: sum(variants, "clicks"),
    links: byAddress(
      [...links].map(([url, some]) => ({
        url,
        people: sum(some, "people"),
        clicks: sum(some, "clicks"),
      })),
    ),
  };
};

const sum = <Name extends string>(
  all: readonly Readonly<Record<Name, number>>[],
  name: Name,
): number => all.reduce((so, one) => so + one[name], 0);

const byAddress = (links: readonly CountedLink[]): CountedLink[] =>
  links.toSorted((one, other) => (one.url < other.url ? -1 : 1));

const withoutPeople = ({ clicks, links }: Counted): Clicks => ({
  people: null,
  clicks,
  links: links.map((link) => ({ ...link, people: null })),
});
