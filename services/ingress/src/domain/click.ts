import { limits, type Clicks, type PersonClickView, type Tracking } from "@yubin/types";

/** Where a click link leads, and whose it is. */
export interface ClickLink {
  readonly id: string;
  readonly workspaceId: string;
  /** One of the two is null. */
  readonly campaignId: string | null;
  readonly messageId: string | null;
  readonly url: string;
  readonly expireAt: Date;
}

export interface ClickLinks {
  /** Whichever workspace it is of: the signature of its token says that it may be followed. */
  find(linkId: string): Promise<ClickLink | undefined>;
  /** Without asking the store. */
  known(linkId: string): ClickLink | undefined;
}

/** Somebody has followed a link. */
export interface Click {
  readonly link: ClickLink;
  /** Absent of a link that everybody has. */
  readonly place: { readonly batch: number; readonly index: number } | undefined;
  readonly at: Date;
}

export interface ClickCounts {
  /**
   * Counts a click. Resolves once it is stored, or where that takes longer than a person should wait, and never fails:
   * nobody is kept from where they go.
   */
  record(click: Click): Promise<void>;
}

/** Of whom the clicks are: a campaign, or a message on its own. */
export type ClicksOf = { readonly workspaceId: string } & (
  | { readonly campaignId: string; readonly tracking: Exclude<Tracking, "off"> }
  | { readonly messageId: string }
);

export interface ClickSums {
  sum(of: ClicksOf): Promise<SummedClicks>;
}

/** Of variants and of all of them together, who and how often are the sums of the variants'. */
export interface SummedClicks {
  readonly all: Clicks;
  readonly of: (variant: string) => Clicks;
}

/** When links were made at the earliest; null where none were. */
export interface Sending {
  readonly launchedAt: Date | null;
  readonly startsAt: Date | null;
}

export const linksFrom = ({ launchedAt, startsAt }: Sending): Date | null =>
  launchedAt && startsAt && startsAt > launchedAt ? startsAt : launchedAt;

/** From then on links end with their clicks, one after the other, and what is left of them is no number of anything. */
export const areClicksKnown = (from: Date | null, now: Date): boolean =>
  from === null || now.getTime() < from.getTime() + limits.clickLinkLifeMs;

export const unknownClicks: Clicks = { people: null, clicks: null, links: null };

/** That one person followed a link of theirs. */
export interface PersonClick {
  readonly url: string;
  readonly clicks: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

export const personClickView = ({
  url,
  clicks,
  firstAt,
  lastAt,
}: PersonClick): PersonClickView => ({
  url,
  clicks,
  firstAt: firstAt.toISOString(),
  lastAt: lastAt.toISOString(),
});

export interface LookAtLink {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/**
 * Whether it is a person who follows the link, as far as a request tells: neither a HEAD, nor a browser that fetches
 * ahead, nor a program that makes previews. LINE's own previewer calls itself `facebookexternalhit/1.1;line-poker/1.0`.
 * Whatever does not say what it is counts.
 */
export const isClick = ({ method, headers }: LookAtLink): boolean => {
  const said = (name: string): string => [headers[name] ?? ""].flat().join(" ");
  if (method !== "GET") return false;
  if (aheadHeaders.some((name) => fetchesAhead.test(said(name)))) return false;
  return !previewers.test(said("user-agent"));
};

const aheadHeaders = ["sec-purpose", "purpose", "x-purpose", "x-moz"];
const fetchesAhead = /prefetch|prerender|preview/i;
/** Cubot makes phones. */
const previewers =
  /(?<!cu)bot|crawl|spider|preview|externalhit|line-poker|whatsapp|facebookcatalog|slack-imgproxy|mediapartners-google/i;

/**
 * The address as a `Location` may hold it; undefined where it is none that a browser should be sent to. It is written
 * as it was stored wherever a header can hold that, and else as every browser would write it.
 */
export const targetOf = (stored: string): string | undefined => {
  const url = URL.parse(stored);
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) return undefined;
  return headerText.test(stored) ? stored : url.href;
};

const headerText = /^[\u0021-\u007e]+$/;
