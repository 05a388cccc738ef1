import type { Channel, ChannelOptions, ChannelPatch } from "./channels.ts";
import { InvalidError } from "./lever-errors.ts";
import type { LoginChannel, LoginChannelOptions, MintOptions } from "./login-channels.ts";
import { isWebhookUrl } from "./webhook-url.ts";
import type { World } from "./world.ts";

/** A channel as its owner sees it in LINE's console. */
export interface ChannelView extends Readonly<Channel> {
  /** The newest long-lived channel access token that is alive; empty when it was revoked. */
  readonly accessToken: string;
}

/** What the owner of an account does in LINE's console. */
export interface ChannelLevers {
  addChannel(options?: ChannelOptions): ChannelView;
  channel(channelId: string): ChannelView;
  channels(): ChannelView[];
  updateChannel(channelId: string, patch: ChannelPatch): ChannelView;
  /** Issues a new long-lived token; the old one dies after `overlapMs`, by default at once. */
  rotateToken(channelId: string, overlapMs?: number): string;
  /** Kills any token: from now on it answers 401. */
  revokeToken(token: string): void;
  /** Makes a new channel secret; the old one is void at once. */
  reissueSecret(channelId: string): string;
  /** Makes a LINE Login channel under a provider. */
  addLoginChannel(options?: LoginChannelOptions): LoginChannel;
  /** What LINE Login, or a LIFF app, hands to this person's browser; the options make odd ones. */
  mintIdToken(loginChannelId: string, userId: string, options?: MintOptions): string;
  mintAccessToken(loginChannelId: string, userId: string, options?: MintOptions): string;
  /** How many people follow the channel, and how many blocked it. */
  friendCounts(channelId: string): { friends: number; blocked: number };
}

/** Opens the console of the world that is current at the time. */
export function createChannelLevers(currentWorld: () => World): ChannelLevers {
  const view = (channel: Channel): ChannelView => ({
    ...channel,
    accessToken: currentWorld().tokens.longLivedOf(channel.channelId) ?? "",
  });
  const checkUrl = ({ webhookUrl }: ChannelPatch): void => {
    const { httpsOnly } = currentWorld().settings;
    if (webhookUrl !== undefined && !isWebhookUrl(webhookUrl, httpsOnly)) {
      throw new InvalidError("webhookUrl is not a URL that LINE would take");
    }
  };
  return {
    addChannel: (options = {}) => {
      checkUrl(options);
      const { channels, tokens } = currentWorld();
      const channel = channels.add(options);
      tokens.issue(channel.channelId, "longLived", options.accessToken);
      return view(channel);
    },
    channel: (channelId) => view(currentWorld().channels.get(channelId)),
    channels: () => currentWorld().channels.all().map(view),
    updateChannel: (channelId, patch) => {
      checkUrl(patch);
      return view(currentWorld().channels.patch(channelId, patch));
    },
    rotateToken: (channelId, overlapMs = 0) => {
      const { channels, tokens } = currentWorld();
      return tokens.rotate(channels.get(channelId).channelId, overlapMs).token;
    },
    revokeToken: (token) => currentWorld().tokens.revoke(token),
    reissueSecret: (channelId) => currentWorld().channels.reissueSecret(channelId).channelSecret,
    addLoginChannel: (options = {}) => currentWorld().loginChannels.add(options),
    mintIdToken: (channelId, userId, options = {}) =>
      currentWorld().loginChannels.mintIdToken(channelId, userId, options),
    mintAccessToken: (channelId, userId, options = {}) =>
      currentWorld().loginChannels.mintAccessToken(channelId, userId, options),
    friendCounts: (channelId) => currentWorld().friendships.counts(channelId),
  };
}
