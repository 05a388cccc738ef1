import { tellAccountLink } from "./account-link.ts";
import { befriend, block } from "./friend-actions.ts";
import type { Friendship } from "./friendships.ts";
import { newEvent } from "./new-event.ts";
import type { EventFields } from "./new-event.ts";
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
  /** Whose phone opens LINE's own pages from now on, such as the one that ends account linking. */
  holdPhone(userId: string | undefined): void;
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

/** Gives people their hands, in the world that is current at the time. */
export function createPersonActions(currentWorld: () => World): PersonActions {
  const tell = (channelId: string, fields: EventFields): WebhookEvent => {
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
      if (groupId === undefined) noteWriting(currentWorld(), channelId, userId);
      const message = { type: "text", text, ...newMessage(currentWorld()) };
      const source: EventSource = groupId
        ? { type: "group", groupId, userId }
        : { type: "user", userId };
      return { ...tell(channelId, { type: "message", source, reply: true, message }), message };
    },
    sendImage: (channelId, userId) => {
      noteWriting(currentWorld(), channelId, userId);
      const contentProvider = { type: "line" };
      const message = { type: "image", contentProvider, ...newMessage(currentWorld()) };
      currentWorld().contents.keep(channelId, message.id);
      const source: EventSource = { type: "user", userId };
      return { ...tell(channelId, { type: "message", source, reply: true, message }), message };
    },
    postback: (channelId, userId, data, params) => {
      noteWriting(currentWorld(), channelId, userId);
      const source: EventSource = { type: "user", userId };
      const postback = { data, ...(params && { params }) };
      return tell(channelId, { type: "postback", source, reply: true, postback });
    },
    unsend: (channelId, userId, messageId) => {
      currentWorld().contents.unsend(channelId, messageId);
      const source: EventSource = { type: "user", userId };
      return tell(channelId, { type: "unsend", source, unsend: { messageId } });
    },
    accountLink: (channelId, userId, link) =>
      tellAccountLink(currentWorld(), { channelId, userId }, link)?.event,
    holdPhone: (userId) => {
      currentWorld().phone.holder = userId;
    },
    event: tell,
    friendship: (channelId, userId) => {
      const world = currentWorld();
      const { provider } = world.channels.get(channelId);
      return world.friendships.get(channelId, world.people.need(provider, userId));
    },
  };
}

/** A push reaches whoever wrote within a week, even when they are no friend. */
function noteWriting(world: World, channelId: string, userId: string): void {
  const { provider } = world.channels.get(channelId);
  world.friendships.wrote(channelId, world.people.need(provider, userId), world.clock.now());
}

function newMessage(world: World): { id: string; quoteToken: string; markAsReadToken: string } {
  const id = world.ids.messageId();
  return { id, quoteToken: `q${id}`, markAsReadToken: `r${id}` };
}
