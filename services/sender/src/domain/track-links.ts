import {
  clickLinkId,
  replaceLinks,
  trackableLinks,
  type IsOurs,
  type LineMessage,
} from "@yubin/types";

import type { Batch, Content } from "./batch.ts";

/** Where a link of ours leads. */
export interface ClickLink {
  readonly id: string;
  readonly workspaceId: string;
  /** One of the two is null. */
  readonly campaignId: string | null;
  readonly messageId: string | null;
  /** In whose words it is; null where everybody gets the same ones. */
  readonly variant: string | null;
  readonly url: string;
}

/** Which recipient of which batch. */
export interface ClickPlace {
  readonly batch: number;
  readonly index: number;
}

export interface TrackDeps {
  /** The address of a link of ours; with a place that of one person. */
  readonly clickUrl: (linkId: string, place?: ClickPlace) => string;
  /** Written before anybody is sent one, as often as wanted. */
  readonly keepClickLinks: (links: readonly ClickLink[]) => Promise<void>;
  readonly isOurs: IsOurs;
}

/** The content of a variant, or of all. */
export interface WordsOf {
  readonly content: Content;
  readonly variant: string | null;
}

/** The words for the recipient at an index, with links of ours. */
export type TrackedFor = (
  messages: readonly LineMessage[],
  index: number,
) => readonly LineMessage[];

/**
 * Puts links of ours in the place of those that are written out in the content. What a template fills in is left as it
 * is: such an address may say who somebody is, which is nobody's to keep in a list of links.
 */
export const trackLinks = async (
  deps: TrackDeps,
  batch: Batch,
  { content, variant }: WordsOf,
): Promise<TrackedFor> => {
  const { tracking } = content;
  // One call has one text for all in it. Such a campaign had no link to track when it was drafted.
  const isOfAll = tracking === "person" && batch.method === "multicast";
  if (tracking === undefined || isOfAll) return (messages) => messages;
  const { workspaceId, campaignId } = batch;
  const ownerId = campaignId ?? batch.id;
  const ids = new Map<string, string>();
  for (const url of trackableLinks(content.messages, deps.isOurs))
    ids.set(url, clickLinkId({ workspaceId, ownerId, variant, url }));
  if (ids.size === 0) return (messages) => messages;

  const messageId = campaignId === null ? batch.id : null;
  await deps.keepClickLinks(
    [...ids].map(([url, id]) => ({ id, workspaceId, campaignId, messageId, variant, url })),
  );
  const withLinks = (messages: readonly LineMessage[], place?: ClickPlace): LineMessage[] =>
    replaceLinks(messages, (url) => {
      const id = ids.get(url);
      return id === undefined ? undefined : deps.clickUrl(id, place) + askedOfLine(url);
    });
  if (tracking === "person") {
    const number = batchNumber(batch);
    return (messages, index) => withLinks(messages, { batch: number, index });
  }
  // Everybody of a multicast has the same words.
  const known = new Map<readonly LineMessage[], readonly LineMessage[]>();
  return (messages) => {
    const before = known.get(messages);
    if (before) return before;
    const tracked = withLinks(messages);
    known.set(messages, tracked);
    return tracked;
  };
};

/**
 * What an address asks of LINE's app itself, which looks at the link that is tapped and not where that leads.
 *
 * Source: LINE's URL schemes, "Opening a URL in an external browser".
 */
const askedOfLine = (text: string): string => {
  const given = URL.parse(text)?.searchParams;
  const asked = lineParameters.flatMap((name) => {
    const value = given?.get(name);
    return value === "0" || value === "1" ? `${name}=${value}` : [];
  });
  return asked.length === 0 ? "" : `?${asked.join("&")}`;
};

const lineParameters = ["openExternalBrowser", "openInAppBrowser"];

/** The end of the id of a campaign's batch; a message on its own has one batch. */
const batchNumber = ({ id, campaignId }: Batch): number =>
  campaignId === null ? 0 : Number(id.slice(campaignId.length + 1));
