import type { FriendshipState, LinkProof } from "./people.ts";

/** What of a linked LINE account decides whether it is the one to write to; rows and views both fit. */
export interface LinkedAccount {
  readonly provider: string;
  readonly lineUserId: string;
  readonly linkedAt: Date | string;
  readonly proof: { readonly kind: LinkProof["kind"] };
  /** By channel. */
  readonly friendship: Readonly<Record<string, { readonly state: FriendshipState }>>;
}

/**
 * The one LINE ID of a person on a provider, for a channel where one is given: a friend (of the channel, or of any)
 * before others, then the stronger proof, then the most recently linked. Undefined where there is no account.
 */
export const canonicalLineId = (
  accounts: readonly LinkedAccount[],
  provider: string,
  channelId?: string,
): string | undefined => {
  let first: LinkedAccount | undefined;
  for (const account of accounts)
    if (account.provider === provider && (!first || compare(account, first, channelId) < 0))
      first = account;
  return first?.lineUserId;
};

const compare = (one: LinkedAccount, other: LinkedAccount, channelId?: string): number =>
  Number(isFriend(other, channelId)) - Number(isFriend(one, channelId)) ||
  proofStrength[other.proof.kind] - proofStrength[one.proof.kind] ||
  new Date(other.linkedAt).getTime() - new Date(one.linkedAt).getTime() ||
  (one.lineUserId < other.lineUserId ? -1 : 1); // any order, as long as everybody finds the same

const isFriend = ({ friendship }: LinkedAccount, channelId?: string): boolean =>
  channelId === undefined
    ? Object.values(friendship).some(({ state }) => state === "following")
    : Object.hasOwn(friendship, channelId) && friendship[channelId]?.state === "following";

/** How far a proof may be trusted; of two for one account the stronger is kept. */
export const proofStrength: Readonly<Record<LinkProof["kind"], number>> = {
  account_link: 7,
  id_token: 6,
  link_page: 5,
  link_code: 4,
  server_key: 3,
  follow: 2,
  event: 1,
  followers_list: 0,
};
