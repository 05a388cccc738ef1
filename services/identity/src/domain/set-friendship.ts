import type { Friendship, LineAccount } from "./profile.ts";

/**
 * Friendship is what the newest event says, by LINE's time and then by event id, in whatever order and however often
 * events come: LINE redelivers and reorders them.
 */
export const setFriendship = (
  account: LineAccount,
  channelId: string,
  told: Friendship,
): LineAccount => {
  const known = Object.hasOwn(account.friendship, channelId)
    ? account.friendship[channelId]
    : undefined;
  if (known && !isNewerFriendship(told, known)) return account;
  return { ...account, friendship: { ...account.friendship, [channelId]: told } };
};

export const isNewerFriendship = (one: Friendship, other: Friendship): boolean =>
  one.at.getTime() === other.at.getTime() ? one.eventId > other.eventId : one.at > other.at;
