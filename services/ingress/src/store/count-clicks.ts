import type { Store } from "@yubin/store";

export interface OfCampaign {
  readonly workspaceId: string;
  readonly campaignId: string;
}

/** What came of one link; of a link that all have, `people` says nothing. */
export interface LinkCount {
  readonly people: number;
  readonly clicks: number;
}

export interface ClickCounts {
  readonly byLink: ReadonlyMap<string, LinkCount>;
  /** Whoever has followed any link, once: by the first of the links that they followed. Empty where nobody asked. */
  readonly firsts: ReadonlyMap<string, number>;
}

type Rows = Pick<Store, "clicks">;

/**
 * Of one operation; about a second of the database's time. What takes longer than an operation may take is not merely
 * slow: it fails, and fails again each time that somebody asks.
 */
export const rowsPerCountMax = 100_000;

/**
 * Counts all at once where there are few, and else by parts: by how the place of a row (`batch/index`) begins, so that
 * all rows of a person are in one part, and each part is a range of one index.
 */
export const countClicks = async (
  rows: Rows,
  { workspaceId, campaignId }: OfCampaign,
  { firsts: isAsked, rowsMax }: { readonly firsts: boolean; readonly rowsMax: number },
): Promise<ClickCounts> => {
  const byLink = new Map<string, LinkCount>();
  const firsts = new Map<string, number>();
  const parts: Part[] = [whole];
  for (let part = parts.pop(); part; part = parts.pop()) {
    const match = { workspaceId, campaignId, ...part.match };
    const counted = await countLinks(rows, match, part.pieces ? rowsMax + 1 : undefined);
    if (part.pieces && counted.reduce((sum, { people }) => sum + people, 0) > rowsMax) {
      parts.push(...part.pieces());
      continue;
    }
    for (const { _id, people, clicks } of counted) {
      const before = byLink.get(_id) ?? { people: 0, clicks: 0 };
      byLink.set(_id, { people: before.people + people, clicks: before.clicks + clicks });
    }
    if (!isAsked) continue;
    for (const { _id, people } of await countPeople(rows, match))
      firsts.set(_id, (firsts.get(_id) ?? 0) + people);
  }
  return { byLink, firsts };
};

interface Part {
  readonly match: object;
  /** Absent where it cannot be taken apart: what people of one batch have followed is little. */
  readonly pieces?: () => Part[];
}

const whole: Part = {
  match: {},
  pieces: () => [{ match: { place: null } }, ...digits.map((digit) => placesFrom(digit))],
};

const digits = Array.from({ length: 10 }, (_, digit) => String(digit));

/** Places that begin with the digits of a number: of its batch, and of those whose numbers go on after it. */
const placesFrom = (number: string): Part => ({
  // A colon comes right after the digits, and the slash right before them.
  match: { place: { $gte: number, $lt: `${number}:` } },
  pieces: () => [
    { match: { place: { $gte: `${number}/`, $lt: `${number}0` } } },
    ...digits.map((digit) => placesFrom(number + digit)),
  ],
});

const countLinks = (
  { clicks }: Rows,
  match: object,
  rowsMax: number | undefined,
): Promise<(LinkCount & { readonly _id: string })[]> =>
  clicks
    .aggregate<LinkCount & { readonly _id: string }>(
      [
        { $match: match },
        ...(rowsMax === undefined ? [] : [{ $limit: rowsMax }]),
        { $group: { _id: "$linkId", people: { $sum: 1 }, clicks: { $sum: "$count" } } },
      ],
      { allowDiskUse: true },
    )
    .toArray();

const countPeople = (
  { clicks }: Rows,
  match: object,
): Promise<{ readonly _id: string; readonly people: number }[]> =>
  clicks
    .aggregate<{ readonly _id: string; readonly people: number }>(
      [
        { $match: match },
        { $group: { _id: "$place", linkId: { $min: "$linkId" } } },
        { $group: { _id: "$linkId", people: { $sum: 1 } } },
      ],
      { allowDiskUse: true },
    )
    .toArray();
