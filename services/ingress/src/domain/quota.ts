import { quotaView, type MonthNeeds, type MonthQuota, type QuotaView } from "@yubin/types";

import type { Channel } from "./channel.ts";
import { channelToken, type ChannelTokenDeps } from "./channel-token.ts";
import type { LineAccount } from "./line-account.ts";

export interface AskQuotaDeps extends ChannelTokenDeps {
  readonly line: ChannelTokenDeps["line"] & Pick<LineAccount, "quota" | "consumption">;
  /** What LINE says, asked at most once a minute; while it cannot be asked, what it said last. */
  readonly monthQuota: (
    channel: Channel,
    ask: () => Promise<Pick<MonthQuota, "limit" | "used">>,
  ) => Promise<MonthQuota>;
  readonly needsOf: (channel: Channel) => Promise<MonthNeeds>;
}

/** The month as it stands, with what is still to be sent in it. */
export const monthOf = async (deps: AskQuotaDeps, channel: Channel): Promise<QuotaView> => {
  const [quota, needs] = await Promise.all([
    deps.monthQuota(channel, async () => {
      const token = await channelToken(deps, channel);
      const [limit, used] = await Promise.all([
        deps.line.quota(token),
        deps.line.consumption(token),
      ]);
      return { limit, used };
    }),
    deps.needsOf(channel),
  ]);
  return quotaView(quota, needs);
};
