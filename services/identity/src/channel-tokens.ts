import { Failure } from "@yubin/errors";
import type { Sealer } from "@yubin/kit";
import type { LineAccount } from "@yubin/line";
import type { ChannelReader, ChannelRow } from "@yubin/store";

export interface ChannelTokensDeps {
  readonly channels: ChannelReader;
  readonly line: Pick<LineAccount, "issueStatelessToken">;
  readonly sealer: Sealer;
  readonly now: () => Date;
}

/** The token of a channel; fails with `line.unauthorized` for one that is stopped or not connected any more. */
export type TokenOf = (channel: {
  readonly workspaceId: string;
  readonly channelId: string;
}) => Promise<string>;

/** A token is not used in its last minute: it might end on the way. */
const tokenMarginMs = 60_000;
const tokensMax = 1_000;

export const createChannelTokens = (deps: ChannelTokensDeps): TokenOf => {
  const issue = issueTokens(deps);
  return async ({ workspaceId, channelId }) => {
    const channel = await deps.channels.findChannel(workspaceId, channelId);
    if (!channel || channel.state === "stopped")
      throw new Failure("line.unauthorized", "the channel is not connected");
    return channel.sealedToken === null
      ? await issue(channel)
      : deps.sealer.open(channel.sealedToken, contextOf(channel));
  };
};

const contextOf = ({ workspaceId, _id }: ChannelRow): string => `${workspaceId}/${_id}`;

/** Stateless tokens live for minutes, so each is used for as many calls as it lasts. */
const issueTokens = ({ line, sealer, now }: ChannelTokensDeps) => {
  const tokens = new Map<string, { token: string; until: number }>();
  return async (channel: ChannelRow): Promise<string> => {
    const key = `${channel._id}/${channel.version}`;
    const known = tokens.get(key);
    if (known && known.until > now().getTime()) return known.token;

    const [secret] = channel.secrets;
    if (!secret) throw new Failure("secret_invalid", "the channel has no secret");
    const { token, expiresAt } = await line.issueStatelessToken({
      channelId: channel.lineChannelId,
      channelSecret: sealer.open(secret.sealed, contextOf(channel)),
    });
    if (tokens.size >= tokensMax) tokens.clear();
    tokens.set(key, { token, until: expiresAt.getTime() - tokenMarginMs });
    return token;
  };
};
