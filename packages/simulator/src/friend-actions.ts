import { newEvent } from "./new-event.ts";
import type { EventSource, WebhookEvent } from "./webhook-event.ts";
import type { World } from "./world.ts";

/** People add the account or unblock it; who is a friend already does nothing. */
export function befriend(
  world: World,
  channelId: string,
  { userIds, unblockOnly }: { userIds: string | readonly string[]; unblockOnly: boolean },
): WebhookEvent[] {
  const channel = world.channels.get(channelId);
  const events: WebhookEvent[] = [];
  for (const userId of listOf(userIds)) {
    const index = world.people.need(channel.provider, userId);
    const before = world.friendships.get(channelId, index);
    if (before === "friend" || (unblockOnly && before !== "blocked")) continue;
    world.friendships.set(channelId, index, "friend");
    const follow = { isUnblocked: before === "blocked" };
    const source: EventSource = { type: "user", userId };
    events.push(newEvent(world, channel, { type: "follow", source, reply: true, follow }));
  }
  world.webhooks.deliver(channelId, events);
  return events;
}

/** People block the account; whoever has done so already does nothing. */
export function block(
  world: World,
  channelId: string,
  userIds: string | readonly string[],
): WebhookEvent[] {
  const channel = world.channels.get(channelId);
  const events: WebhookEvent[] = [];
  for (const userId of listOf(userIds)) {
    const index = world.people.need(channel.provider, userId);
    if (world.friendships.get(channelId, index) === "blocked") continue;
    world.friendships.set(channelId, index, "blocked");
    events.push(newEvent(world, channel, { type: "unfollow", source: { type: "user", userId } }));
  }
  world.webhooks.deliver(channelId, events);
  return events;
}

const listOf = (userIds: string | readonly string[]): readonly string[] =>
  typeof userIds === "string" ? [userIds] : userIds;
