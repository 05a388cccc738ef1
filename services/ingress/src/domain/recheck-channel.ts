import type { HealthCheck } from "@yubin/types";

import { sealContext, type Channel, type Channels } from "./channel.ts";
import { checkHealth } from "./channel-health.ts";
import { healthOf } from "./channel-view.ts";
import type { LineAccount } from "./line-account.ts";

export interface RecheckChannelDeps {
  readonly line: LineAccount;
  readonly channels: Channels;
  readonly open: (sealed: string, context: string) => string;
  readonly now: () => Date;
  readonly webhookUrl: string;
}

/** LINE allows 60 webhook tests an hour, and pages ask often. */
const freshForMs = 60_000;

/** Asks LINE again how a channel is; within a minute the answer of before is the answer. */
export const recheckChannel = async (
  deps: RecheckChannelDeps,
  channel: Channel,
): Promise<readonly HealthCheck[]> => {
  const { healthAt } = channel;
  if (healthAt && deps.now().getTime() - healthAt.getTime() < freshForMs) return healthOf(channel);
  return healthOf(await askAgain(deps, channel));
};

/** The channel with what LINE says of it now. */
export const askAgain = async (deps: RecheckChannelDeps, channel: Channel): Promise<Channel> => {
  const now = deps.now();
  const context = sealContext(channel);
  const channelSecret = deps.open(channel.secrets[0]?.sealed ?? "", context);
  const health = await checkHealth(deps.line, {
    token: await tokenOf(deps, channel, channelSecret),
    lineChannelId: channel.lineChannelId,
    channelSecret,
    webhookUrl: deps.webhookUrl,
    testWebhook: true,
  });
  // Whoever changed the channel meanwhile knows more; their health stands.
  return (await deps.channels.change(channel, { health }, now)) ?? { ...channel, health };
};

/** A refused secret gives no token; the checks then say so one by one. */
const tokenOf = async (
  { line, open }: RecheckChannelDeps,
  channel: Channel,
  channelSecret: string,
): Promise<string> => {
  if (channel.sealedToken !== null) return open(channel.sealedToken, sealContext(channel));
  try {
    const issued = await line.issueStatelessToken({
      channelId: channel.lineChannelId,
      channelSecret,
    });
    return issued.token;
  } catch {
    return "no-token-could-be-issued";
  }
};
