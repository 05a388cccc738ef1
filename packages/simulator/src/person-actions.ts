import type { Channel } from "./channels.ts";
import type { Friendship } from "./friendships.ts";
import type { EventSource, WebhookEvent } from "./webhook-event.ts";
import type { World } from "./world.ts";

/** What people do, each becoming the webhook events LINE would send. */
export interface PersonActions {
  /** Adds the account as a friend, or unblocks it. */
  follow(channelId: string, userIds: string | readonly string[]): WebhookEvent[];
  /** Blocks the account. */
  block(channelId: string, userIds: string | readonly string[]): WebhookEvent[];
  /** Follows again after a block; anybody else is left as they are. */
  unblock(channelId: string, userIds: string | readonly string[]): WebhookEvent[];
  /** Writes in the one-to-one chat, or in a group. */
  say(channelId: string, userId: string, text: string, options?: { groupId?: string }): SaidEvent;
  /** Sends a picture in the one-to-one chat. */
  sendImage(channelId: string, userId: string): SaidEvent;
  /** Taps a button that carries data. */
  postback(
    channelId: string,
    userId: string,
    data: string,
    params?: Record<string, string>,
  ): WebhookEvent;
  /** Takes a message back. */
  unsend(channelId: string, userId: string, messageId: string): WebhookEvent;
  /** Comes back from the bot server's login page with its nonce; undefined when the token is used or expired. */
  accountLink(channelId: string, userId: string, link: AccountLink): WebhookEvent | undefined;
  /** Any other event, with the common fields filled in. */
  event(channelId: string, fields: EventFields): WebhookEvent;
  /** How the person stands to the channel: what every consumer of the events must come to. */
  friendship(channelId: string, userId: string): Friendship;
}

/** A message event with the id to take it back by. */
export interface SaidEvent extends WebhookEvent {
  readonly message: { readonly id: string; readonly type: string };
}

/** The two values of the account-link redirect. */
export interface AccountLink {
  readonly linkToken: string;
  readonly nonce: string;
}

/** The fields of an event that are not made up. */
export interface EventFields {
  readonly type: string;
  readonly source?: EventSource;
  readonly timestamp?: number;
  readonly mode?: "active" | "standby";
  /** Whether the event carries a reply token. */
  readonly reply?: boolean;
  readonly [field: string]: unknown;
}

/** Gives people their hands, in the world that is current at the time. */
export function createPersonActions(currentWorld: () => World): PersonActions {
  const one = (channelId: string, fields: EventFields): WebhookEvent => {
    const world = currentWorld();
    const event = newEvent(world, world.channels.get(channelId), fields);
    world.webhooks.deliver(channelId, [event]);
    return event;
  };
  return {
    follow: (channelId, userIds) =>
      befriend(currentWorld(), channelId, { userIds, unblockOnly: false }),
    unblock: (channelId, userIds) =>
      befriend(currentWorld(), channelId, { userIds, unblockOnly: true }),
    block: (channelId, userIds) => block(currentWorld(), channelId, userIds),
    say: (channelId, userId, text, { groupId } = {}) => {
      const world = currentWorld();
      const index = world.people.need(world.channels.get(channelId).provider, userId);
      if (groupId === undefined) world.friendships.wrote(channelId, index, world.clock.now());
      const id = world.ids.messageId();
      const message = { type: "text", id, text, quoteToken: `q${id}`, markAsReadToken: `r${id}` };
      const source: EventSource = groupId
        ? { type: "group", groupId, userId }
        : { type: "user", userId };
      return one(channelId, { type: "message", source, reply: true, message }) as SaidEvent;
    },
    sendImage: (channelId, userId) => {
      const world = currentWorld();
      const index = world.people.need(world.channels.get(channelId).provider, userId);
      world.friendships.wrote(channelId, index, world.clock.now());
      const id = world.ids.messageId();
      world.contents.keep(channelId, id);
      const contentProvider = { type: "line" };
      const message = {
        type: "image",
        id,
        contentProvider,
        quoteToken: `q${id}`,
        markAsReadToken: `r${id}`,
      };
      const source: EventSource = { type: "user", userId };
      return one(channelId, { type: "message", source, reply: true, message }) as SaidEvent;
    },
    postback: (channelId, userId, data, params) => {
      const world = currentWorld();
      const index = world.people.need(world.channels.get(channelId).provider, userId);
      world.friendships.wrote(channelId, index, world.clock.now());
      const postback = { data, ...(params && { params }) };
      return one(channelId, {
        type: "postback",
        source: { type: "user", userId },
        reply: true,
        postback,
      });
    },
    unsend: (channelId, userId, messageId) => {
      currentWorld().contents.unsend(channelId, messageId);
      return one(channelId, {
        type: "unsend",
        source: { type: "user", userId },
        unsend: { messageId },
      });
    },
    accountLink: (channelId, userId, { linkToken, nonce }) => {
      const owner = currentWorld().linkTokens.use(linkToken);
      if (!owner || owner.channelId !== channelId) return undefined;
      if (owner.userId !== userId) {
        return one(channelId, { type: "accountLink", link: { result: "failed", nonce } });
      }
      const link = { result: "ok", nonce };
      return one(channelId, {
        type: "accountLink",
        source: { type: "user", userId },
        reply: true,
        link,
      });
    },
    event: one,
    friendship: (channelId, userId) => {
      const world = currentWorld();
      const channel = world.channels.get(channelId);
      return world.friendships.get(channelId, world.people.need(channel.provider, userId));
    },
  };
}

function befriend(
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

function block(
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

/** Fills in what all events have in common. */
export function newEvent(
  world: World,
  channel: Channel,
  { type, source, timestamp, mode = "active", reply, ...fields }: EventFields,
): WebhookEvent {
  const atMs = timestamp ?? world.clock.now();
  const to = source?.type === "group" ? source.groupId : source?.userId;
  const { channelId } = channel;
  return {
    type,
    mode,
    timestamp: atMs,
    ...(source && { source }),
    webhookEventId: world.ids.eventId(atMs),
    deliveryContext: { isRedelivery: false },
    ...(reply &&
      to &&
      mode === "active" && { replyToken: world.replyTokens.issue({ channelId, to }) }),
    ...fields,
  };
}

const listOf = (userIds: string | readonly string[]): readonly string[] =>
  typeof userIds === "string" ? [userIds] : userIds;
