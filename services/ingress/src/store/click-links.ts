import { LRUCache } from "lru-cache";
import type { ClickLinkRow, Store } from "@yubin/store";

import type { ClickLink, ClickLinks } from "../domain/click.ts";

/** An address has a few hundred characters at most in most cases, so that all of them are some megabytes. */
const linksMax = 10_000;
/** A link is stored before anybody has it, so that one which is not there has come to its end. */
const rememberAbsentMs = 5_000;

/** Rows of links never change, so that one that was read is known until it ends, also while MongoDB is away. */
export const createClickLinks = (
  { clickLinks }: Pick<Store, "clickLinks">,
  now: () => Date,
): ClickLinks => {
  const cache = new LRUCache<string, { readonly link: ClickLink | undefined }>({
    max: linksMax,
    fetchMethod: async (linkId, _stale, { options }) => {
      const row = await clickLinks.findOne({ _id: linkId });
      if (!row) options.ttl = rememberAbsentMs;
      return { link: row ? toLink(row) : undefined };
    },
  });
  // MongoDB removes rows up to a minute, and under load longer, after their time.
  const unlessOver = (link: ClickLink | undefined): ClickLink | undefined =>
    link && link.expireAt > now() ? link : undefined;
  return {
    find: async (linkId) => unlessOver((await cache.fetch(linkId))?.link),
    known: (linkId) => unlessOver(cache.get(linkId)?.link),
  };
};

const toLink = ({ _id, workspaceId, campaignId, messageId, url, expireAt }: ClickLinkRow) => ({
  id: _id,
  workspaceId,
  campaignId,
  messageId,
  url,
  expireAt,
});
