import { Failure } from "@yubin/errors";
import type { Sealer } from "@yubin/kit";
import type { LineAccount } from "@yubin/line";
import type { ChannelReader, ChannelRow } from "@yubin/store";

import type { NameWanted } from "./domain/draft.ts";
import type { LineName } from "./domain/set-name.ts";

export interface AskLineDeps {
  readonly channels: ChannelReader;
  readonly line: Pick<LineAccount, "profile" | "issueStatelessToken">;
  readonly sealer: Sealer;
  readonly now: () => Date;
}

/** A token is not used in its last minute: it might end on the way. */
const tokenMarginMs = 60_000;
const tokensMax = 1_000;

/** Asks LINE who somebody is, with the token of the channel that met them. */
export const createAskLine = (deps: AskLineDeps): ((wanted: NameWanted) => Promise<LineName>) => {
  const issue = issueTokens(deps);
  return async ({ workspaceId, channelId, lineUserId }) => {
    const channel = await deps.channels.findChannel(workspaceId, channelId);
    if (!channel || channel.state === "stopped")
      throw new Failure("line.unauthorized", "the channel is not connected");
    const token =
      channel.sealedToken === null
        ? await issue(channel)
        : deps.sealer.open(channel.sealedToken, contextOf(channel));
    return deps.line.profile(token, lineUserId);
  };
};

const contextOf = ({ workspaceId, _id }: ChannelRow): string => `${workspaceId}/${_id}`;

/** Stateless tokens live for minutes, so each is used for as many calls as it lasts. */
const issueTokens = ({ line, sealer, now }: AskLineDeps) => {
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
