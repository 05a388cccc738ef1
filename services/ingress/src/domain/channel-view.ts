import type { ChannelView, HealthCheck } from "@yubin/types";

import type { Channel } from "./channel.ts";

/** A channel without its credentials. */
export const channelView = (channel: Channel): ChannelView => ({
  id: channel.id,
  name: channel.name,
  provider: channel.provider,
  botUserId: channel.botUserId,
  basicId: channel.basicId,
  loginChannelId: channel.loginChannelId ?? null,
  limits: channel.limits,
  state: channel.state,
  stateReason: channel.stateReason,
  webhookUrl: channel.webhookUrl,
  health: healthOf(channel),
  createdAt: channel.createdAt.toISOString(),
});

/** What LINE said when it was last asked, and what the sender has run into since: nobody is sent anything meanwhile. */
export const healthOf = ({
  state,
  stateReason,
  health,
}: Pick<Channel, "state" | "stateReason" | "health">): readonly HealthCheck[] => {
  if (state !== "stopped" || !stateReason?.startsWith("line_")) return health;
  return [
    {
      check: "token",
      status: "fail",
      message: `LINE refused the token for a message (${stateReason}); nothing is sent.`,
      action: "Give valid credentials: POST /v1/channels/:id/credentials. What waits goes on then.",
    },
    ...health.filter(({ check }) => check !== "token"),
  ];
};
