import type { ChannelView } from "@yubin/types";

import type { Channel } from "./channel.ts";

/** A channel without its credentials. */
export const channelView = (channel: Channel): ChannelView => ({
  id: channel.id,
  name: channel.name,
  provider: channel.provider,
  botUserId: channel.botUserId,
  basicId: channel.basicId,
  state: channel.state,
  stateReason: channel.stateReason,
  webhookUrl: channel.webhookUrl,
  health: channel.health,
  createdAt: channel.createdAt.toISOString(),
});
