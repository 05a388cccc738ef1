import type { Channel } from "./channels.ts";
import type { World } from "./world.ts";

const weekMs = 7 * 86_400_000;

/** Whether a push reaches the person: a friend, or for a week someone who wrote; never one who blocked. */
export function isReachableByPush(world: World, channel: Channel, index: number): boolean {
  if (world.people.isDeleted(channel.provider, index)) return false;
  const friendship = world.friendships.get(channel.channelId, index);
  if (friendship !== "stranger") return friendship === "friend";
  const wroteAtMs = world.friendships.wroteAtMs(channel.channelId, index);
  return wroteAtMs !== undefined && world.clock.now() - wroteAtMs < weekMs;
}

/** Whether the person follows the channel and still has an account: whom every other way to send reaches. */
export function isReachableFriend(world: World, channel: Channel, index: number): boolean {
  return (
    world.friendships.get(channel.channelId, index) === "friend" &&
    !world.people.isDeleted(channel.provider, index)
  );
}
