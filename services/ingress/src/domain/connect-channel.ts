import { Failure } from "@yubin/errors";
import type { ChannelRequest } from "@yubin/types";

import { sealContext, type Channel, type Channels } from "./channel.ts";
import { checkHealth } from "./channel-health.ts";
import { lineLimits } from "./channel-limits.ts";
import type { LineAccount } from "./line-account.ts";
import {
  confirmStateless,
  confirmToken,
  isOneOf,
  type ConfirmedCredentials,
} from "./line-credentials.ts";

export interface ConnectChannelDeps {
  readonly line: LineAccount;
  readonly channels: Channels;
  readonly seal: (text: string, context: string) => string;
  readonly now: () => Date;
  /** Where LINE is to send webhooks to. */
  readonly webhookUrl: string;
  /** Makes this process look the channel up again. */
  readonly forgetChannel: (channel: { botUserId: string; channelId: string }) => void;
}

export interface ConnectPlace {
  readonly workspaceId: string;
  readonly channelId: string;
}

/** The reason of a channel that is not yet or not quite connected; the next try takes it over. */
const connecting = "connecting";
/** Longer than connecting may take: whoever still does has crashed. */
const connectingMs = 60_000;

/**
 * Connects a LINE channel: credentials confirmed by LINE, stored sealed, webhook set and tried. The channel is stored
 * before the test, since the test must find it; where something fails after that it is taken out again.
 */
export const connectChannel = async (
  deps: ConnectChannelDeps,
  request: ChannelRequest,
  place: ConnectPlace,
): Promise<Channel> => {
  const credentials = await confirm(deps.line, request);
  const bot = await deps.line.botInfo(credentials.token);
  const channel = newChannel(deps, { request, place, credentials, bot });
  await reserve(deps, channel);
  try {
    return await finish(deps, channel, request, credentials);
  } catch (error) {
    await deps.channels.remove(channel).catch(() => undefined);
    throw error;
  }
};

const confirm = (line: LineAccount, request: ChannelRequest): Promise<ConfirmedCredentials> => {
  const { channelAccessToken, channelSecret, channelId } = request;
  if (channelAccessToken !== undefined)
    return confirmToken(line, { channelAccessToken, channelSecret, lineChannelId: channelId });
  if (channelId !== undefined)
    return confirmStateless(line, { lineChannelId: channelId, channelSecret });
  throw new Failure(
    "request_invalid",
    "needs channelAccessToken, or channelId for stateless tokens",
  );
};

interface NewChannel {
  readonly request: ChannelRequest;
  readonly place: ConnectPlace;
  readonly credentials: ConfirmedCredentials;
  readonly bot: { botUserId: string; displayName: string; basicId: string };
}

const newChannel = (
  deps: ConnectChannelDeps,
  { request, place, credentials, bot }: NewChannel,
): Channel => {
  const context = sealContext({ workspaceId: place.workspaceId, id: place.channelId });
  const now = deps.now();
  return {
    id: place.channelId,
    workspaceId: place.workspaceId,
    provider: request.provider,
    lineChannelId: credentials.lineChannelId,
    botUserId: bot.botUserId,
    basicId: bot.basicId,
    loginChannelId: request.loginChannelId ?? null,
    name: request.name ?? bot.displayName,
    limits: lineLimits,
    sealedToken:
      request.channelAccessToken === undefined
        ? null
        : deps.seal(request.channelAccessToken, context),
    secrets: [{ sealed: deps.seal(request.channelSecret, context), validUntil: null }],
    state: "stopped",
    stateReason: connecting,
    webhookUrl: "",
    health: [],
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
};

/** One channel per bot in the whole system: LINE has one webhook URL for it. */
const reserve = async ({ channels, now }: ConnectChannelDeps, channel: Channel): Promise<void> => {
  if (await channels.insert(channel)) return;
  const holder = await channels.findByBot(channel.botUserId);
  const abandoned =
    holder?.workspaceId === channel.workspaceId &&
    holder.stateReason === connecting &&
    (holder.id === channel.id || holder.createdAt.getTime() < now().getTime() - connectingMs);
  if (abandoned && (await channels.remove(holder)) && (await channels.insert(channel))) return;
  throw new Failure("channel_taken", "this LINE channel is connected already");
};

const finish = async (
  deps: ConnectChannelDeps,
  channel: Channel,
  request: ChannelRequest,
  { token, secretConfirmed }: ConfirmedCredentials,
): Promise<Channel> => {
  deps.forgetChannel({ botUserId: channel.botUserId, channelId: channel.id });
  if (request.setWebhook !== false) await setWebhook(deps, token);
  const health = await checkHealth(deps.line, {
    token,
    lineChannelId: channel.lineChannelId,
    channelSecret: request.channelSecret,
    webhookUrl: deps.webhookUrl,
    secretConfirmed,
    testWebhook: request.setWebhook !== false,
  });
  const connected = await deps.channels.change(
    channel,
    { state: "connected", stateReason: null, webhookUrl: deps.webhookUrl, health },
    deps.now(),
  );
  if (!connected)
    throw new Failure("channel_taken", "the channel was connected elsewhere meanwhile");
  deps.forgetChannel({ botUserId: channel.botUserId, channelId: channel.id });
  return connected;
};

const setWebhook = async (
  { line, webhookUrl }: ConnectChannelDeps,
  token: string,
): Promise<void> => {
  try {
    await line.setWebhook(token, webhookUrl);
  } catch (error) {
    if (!isOneOf(error, ["line.refused", "webhook_url_invalid"])) throw error;
    throw new Failure("webhook_url_invalid", "LINE does not accept our webhook URL");
  }
};
