import type { Store } from "./connect.ts";
import type { ChannelRow } from "./rows/channels.ts";

/** Reading channels, as every service does. */
export interface ChannelReader {
  findChannel(workspaceId: string, channelId: string): Promise<ChannelRow | undefined>;
  /** For webhooks alone: the body names the bot, and no workspace is known yet. */
  findChannelByBot(botUserId: string): Promise<ChannelRow | undefined>;
}

export const createChannelReader = ({ channels }: Store): ChannelReader => ({
  findChannel: async (workspaceId, channelId) =>
    (await channels.findOne({ _id: channelId, workspaceId })) ?? undefined,
  findChannelByBot: async (botUserId) => (await channels.findOne({ botUserId })) ?? undefined,
});
