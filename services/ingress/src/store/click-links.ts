import { LRUCache } from "lru-cache";
import type { ClickLinkRow, Store } from "@yubin/store";

import type { ClickLink, ClickLinks } from "../domain/click.ts";

/** An address has a few hundred characters at most in most cases, so that all of them are some megabytes. */
const linksMax = 10_000;
/** A link is stored before anybody has it, so that one which is not there has come to its end. */
const rememberAbsentMs = 5_000;

/**
 * Rows of a campaign's links never change, so that one that was read is known until it ends, also while MongoDB is away.
 * Those of a message are removed when the person whom it was for is erased, so that they are read each time: one person
 * has them, and follows them once or twice.
 */
export const createClickLinks = (
  { clickLinks }: Pick<Store, "clickLinks">,
  now: () => Date,
): ClickLinks => {
  const cache = new LRUCache<string, { readonly link: ClickLink | undefined }>({ max: linksMax });
  const asking = new Map<string, Promise<ClickLink | undefined>>();
  const ask = async (linkId: string): Promise<ClickLink | undefined> => {
    const row = await clickLinks.findOne({ _id: linkId });
    const link = row ? toLink(row) : undefined;
    if (!link) cache.set(linkId, { link }, { ttl: rememberAbsentMs });
    else if (link.messageId === null) cache.set(linkId, { link });
    return link;
  };
  /** Asks once for all who come at the same time, as they do when a campaign goes out. */
  const askOnce = (linkId: string): Promise<ClickLink | undefined> => {
    const asked = asking.get(linkId) ?? ask(linkId).finally(() => asking.delete(linkId));
    asking.set(linkId, asked);
    return asked;
  };
  // MongoDB removes rows up to a minute, and under load longer, after their time.
  const unlessOver = (link: ClickLink | undefined): ClickLink | undefined =>
    link && link.expireAt > now() ? link : undefined;
  return {
    find: async (linkId) => {
      const known = cache.get(linkId);
      return unlessOver(known ? known.link : await askOnce(linkId));
    },
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
