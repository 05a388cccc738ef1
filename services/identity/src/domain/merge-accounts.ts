import { findAccount, isBetterProof } from "./link-account.ts";
import type { LineAccount } from "./profile.ts";
import { isNewerFriendship } from "./set-friendship.ts";

/** All accounts of both; of one that both have, the better proof, the newest friendships and the newest name. */
export const mergeAccounts = (
  ours: readonly LineAccount[],
  theirs: readonly LineAccount[],
): readonly LineAccount[] => [
  ...ours.map((account) => {
    const twin = findAccount(theirs, account);
    return twin ? mergeAccount(account, twin) : account;
  }),
  ...theirs.filter((account) => !findAccount(ours, account)),
];

/** What two profiles say of one LINE account, put together. */
const mergeAccount = (one: LineAccount, other: LineAccount): LineAccount => {
  const friendship = { ...one.friendship };
  for (const [channelId, told] of Object.entries(other.friendship)) {
    const known = Object.hasOwn(friendship, channelId) ? friendship[channelId] : undefined;
    if (!known || isNewerFriendship(told, known)) friendship[channelId] = told;
  }
  const named = (other.fetchedAt ?? 0) > (one.fetchedAt ?? 0) ? other : one;
  return {
    ...named,
    linkedAt: other.linkedAt < one.linkedAt ? other.linkedAt : one.linkedAt,
    proof: isBetterProof(other.proof, one.proof) ? other.proof : one.proof,
    friendship,
  };
};
