import { sealContext, type Channel } from "./channel.ts";
import type { LineAccount } from "./line-account.ts";

export interface ChannelTokenDeps {
  readonly line: Pick<LineAccount, "issueStatelessToken">;
  readonly open: (sealed: string, context: string) => string;
}

/** A token to call LINE with for this channel. */
export const channelToken = async (
  { line, open }: ChannelTokenDeps,
  channel: Channel,
): Promise<string> => {
  const context = sealContext(channel);
  if (channel.sealedToken !== null) return open(channel.sealedToken, context);
  const issued = await line.issueStatelessToken({
    channelId: channel.lineChannelId,
    channelSecret: open(channel.secrets[0]?.sealed ?? "", context),
  });
  return issued.token;
};
