import type { DeliveryOptions } from "./delivery-options.ts";
import type { Endpoint, Rate } from "./endpoints.ts";
import { hexId } from "./ids.ts";
import { InvalidError, NotFoundError } from "./lever-errors.ts";
import type { Plan } from "./quota.ts";

/** What a caller may say about a new channel; everything left out is made up from the seed. */
export interface ChannelOptions {
  readonly channelId?: string;
  readonly channelSecret?: string;
  /** The long-lived channel access token. */
  readonly accessToken?: string;
  /** Channels under one provider see the same user ids. Default `"provider-1"`. */
  readonly provider?: string;
  readonly displayName?: string;
  readonly basicId?: string;
  readonly premiumId?: string;
  readonly chatMode?: "chat" | "bot";
  /** Whether the account is verified; if not, listing followers answers 403. Default true. */
  readonly verified?: boolean;
  readonly plan?: Plan;
  readonly webhookUrl?: string;
  /** LINE's "Use webhook" switch. Default true. */
  readonly webhookActive?: boolean;
  /** LINE's "Webhook redelivery" switch. Default false, as at LINE. */
  readonly redelivery?: boolean;
  /** Rates that differ from LINE's published ones. */
  readonly rates?: Partial<Record<Endpoint, Rate>>;
  /** How webhooks are batched and disturbed, where it differs from the simulator's default. */
  readonly delivery?: Partial<DeliveryOptions>;
}

/** What may change on a channel that exists. */
export type ChannelPatch = Partial<
  Omit<ChannelOptions, "channelId" | "channelSecret" | "accessToken" | "provider">
>;

/** A LINE Official Account with its Messaging API channel. */
export interface Channel {
  readonly channelId: string;
  /** The bot's user id: `destination` in webhooks. */
  readonly botUserId: string;
  readonly provider: string;
  readonly basicId: string;
  channelSecret: string;
  displayName: string;
  premiumId: string | undefined;
  chatMode: "chat" | "bot";
  verified: boolean;
  plan: Plan;
  webhookUrl: string | undefined;
  webhookActive: boolean;
  redelivery: boolean;
  rates: Partial<Record<Endpoint, Rate>>;
  delivery: Partial<DeliveryOptions>;
}

/** All channels. */
export interface Channels {
  add(options: ChannelOptions): Channel;
  find(channelId: string): Channel | undefined;
  /** The channel, or an error that names the missing id. */
  get(channelId: string): Channel;
  all(): readonly Channel[];
  patch(channelId: string, patch: ChannelPatch): Channel;
  reissueSecret(channelId: string): Channel;
}

/** Opens an empty set of channels. */
export function createChannels(seed: string | number): Channels {
  const channels = new Map<string, Channel>();
  let secrets = 0;

  const get = (channelId: string): Channel => {
    const channel = channels.get(channelId);
    if (!channel) throw new NotFoundError(`there is no channel ${channelId}`);
    return channel;
  };
  return {
    add: (options) => {
      const channel = newChannel(seed, channels.size + 1, options);
      if (channels.has(channel.channelId))
        throw new InvalidError(`channel ${channel.channelId} exists`);
      channels.set(channel.channelId, channel);
      return channel;
    },
    find: (channelId) => channels.get(channelId),
    get,
    all: () => [...channels.values()],
    patch: (channelId, patch) => Object.assign(get(channelId), patch),
    reissueSecret: (channelId) => {
      secrets += 1;
      const channel = get(channelId);
      channel.channelSecret = hexId(seed, "secret", channelId, secrets);
      return channel;
    },
  };
}

function newChannel(seed: string | number, number: number, options: ChannelOptions): Channel {
  const channelId = options.channelId ?? String(2_000_000_000 + number);
  return {
    channelId,
    botUserId: `U${hexId(seed, "bot", channelId)}`,
    provider: options.provider ?? "provider-1",
    basicId: options.basicId ?? `@${hexId(seed, "basic", channelId).slice(0, 8)}`,
    channelSecret: options.channelSecret ?? hexId(seed, "secret", channelId, 0),
    displayName: options.displayName ?? `Yubin Shop ${number}`,
    premiumId: options.premiumId,
    chatMode: options.chatMode ?? "bot",
    verified: options.verified ?? true,
    plan: options.plan ?? { type: "none" },
    webhookUrl: options.webhookUrl,
    webhookActive: options.webhookActive ?? true,
    redelivery: options.redelivery ?? false,
    rates: options.rates ?? {},
    delivery: options.delivery ?? {},
  };
}
