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
  if (known?.confirmedAt && told.at < known.confirmedAt) return account;
  if (known && confirms(told, known))
    return {
      ...account,
      friendship: { ...account.friendship, [channelId]: { ...known, confirmedAt: told.at } },
    };
  return { ...account, friendship: { ...account.friendship, [channelId]: told } };
};

export const isNewerFriendship = (one: Friendship, other: Friendship): boolean =>
  one.at.getTime() === other.at.getTime() ? one.eventId > other.eventId : one.at > other.at;

/** What was asked for and is no news leaves how it came about, and holds against older words that are still on their way. */
const confirms = ({ state, by }: Friendship, known: Friendship): boolean =>
  state === known.state && (by === "backfill" || by === "reconciliation");
