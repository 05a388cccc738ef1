import { Failure } from "@yubin/errors";
import type { CredentialsRequest } from "@yubin/types";

import { sealContext, type Channel, type ChannelChange } from "./channel.ts";
import type { LineAccount } from "./line-account.ts";
import { confirmSecret, confirmToken } from "./line-credentials.ts";
import { askAgain, type RecheckChannelDeps } from "./recheck-channel.ts";

export interface RotateCredentialsDeps extends RecheckChannelDeps {
  readonly seal: (text: string, context: string) => string;
  readonly forgetChannel: (channel: { botUserId: string; channelId: string }) => void;
}

/** LINE signs with the new secret from the moment it is reissued, but webhooks under way carry the old one. */
const overlapMs = 3_600_000;
const secretsMax = 3;

/**
 * Takes new credentials once LINE has confirmed them, and asks how the channel is with them; one that was stopped goes
 * on.
 */
export const rotateCredentials = async (
  deps: RotateCredentialsDeps,
  channel: Channel,
  request: CredentialsRequest,
): Promise<Channel> => {
  if (request.channelAccessToken === undefined && request.channelSecret === undefined)
    throw new Failure("request_invalid", "needs channelAccessToken or channelSecret");
  const context = sealContext(channel);
  const current = channel.secrets[0];
  if (!current) throw new Error("a channel without a secret");
  const channelSecret = request.channelSecret ?? deps.open(current.sealed, context);
  await confirmBoth(deps.line, channel, { ...request, channelSecret });

  const change: ChannelChange = {
    state: "connected",
    stateReason: null,
    // What LINE said of the old ones says nothing, also where it cannot be asked again below.
    healthAt: null,
    ...(request.channelAccessToken === undefined
      ? {}
      : { sealedToken: deps.seal(request.channelAccessToken, context) }),
    ...(request.channelSecret === undefined || isCurrent(deps, channel, channelSecret)
      ? {}
      : { secrets: withNew(deps, channel, channelSecret) }),
  };
  const changed = await deps.channels.change(channel, change, deps.now());
  if (!changed)
    throw new Failure("state_invalid", "the channel changed meanwhile; look at it and try again");
  deps.forgetChannel({ botUserId: channel.botUserId, channelId: channel.id });
  return askAgain(deps, changed);
};

const confirmBoth = async (
  line: LineAccount,
  { lineChannelId }: Channel,
  given: { channelAccessToken?: string | undefined; channelSecret: string },
): Promise<void> => {
  const { channelAccessToken, channelSecret } = given;
  if (channelAccessToken === undefined) await confirmSecret(line, lineChannelId, channelSecret);
  else await confirmToken(line, { channelAccessToken, channelSecret, lineChannelId });
};

const isCurrent = (
  { open }: RotateCredentialsDeps,
  channel: Channel,
  channelSecret: string,
): boolean => {
  const [current] = channel.secrets;
  return current !== undefined && open(current.sealed, sealContext(channel)) === channelSecret;
};

/** The new one first; each older one dies at its own time, and none lives longer for it. */
const withNew = (
  { seal, now }: RotateCredentialsDeps,
  channel: Channel,
  channelSecret: string,
): Channel["secrets"] => {
  const at = now();
  const end = new Date(at.getTime() + overlapMs);
  const older = channel.secrets
    .map(({ sealed, validUntil }) => ({
      sealed,
      validUntil: validUntil !== null && validUntil < end ? validUntil : end,
    }))
    .filter(({ validUntil }) => validUntil > at);
  const newest = { sealed: seal(channelSecret, sealContext(channel)), validUntil: null };
  return [newest, ...older].slice(0, secretsMax);
};
