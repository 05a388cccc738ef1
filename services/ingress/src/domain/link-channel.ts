import { Failure } from "@yubin/errors";

import type { Channel, Channels } from "./channel.ts";

/** More channels than a workspace has. */
const channelsMax = 1_000;

export interface ChannelWanted {
  readonly provider?: string | undefined;
  readonly channelId?: string | undefined;
}

/** The channel through which a person is linked: the one named, or one of the provider, which goes without saying where there is one. */
export const linkChannel = async (
  channels: Channels,
  workspaceId: string,
  wanted: ChannelWanted,
): Promise<Channel> => {
  const all = await channels.list(workspaceId, { after: "", limit: channelsMax });
  if (wanted.channelId !== undefined) {
    const named = all.find(({ id }) => id === wanted.channelId);
    if (!named) throw new Failure("not_found", "no such channel", { field: "channelId" });
    if (wanted.provider !== undefined && named.provider !== wanted.provider)
      throw new Failure("request_invalid", "the channel has another provider", {
        field: "channelId",
      });
    return named;
  }
  const ofProvider = channelsOf(all, wanted.provider);
  const [first] = ofProvider;
  if (!first) throw unknownProvider();
  return ofProvider.find(({ state }) => state === "connected") ?? first;
};

/** The LINE Login channels whose tokens count for a provider, and which provider that is. */
export const loginChannelsOf = async (
  channels: Channels,
  workspaceId: string,
  provider: string | undefined,
): Promise<{ readonly provider: string; readonly loginChannelIds: readonly string[] }> => {
  const all = await channels.list(workspaceId, { after: "", limit: channelsMax });
  const ofProvider = channelsOf(all, provider);
  const [first] = ofProvider;
  if (!first) throw unknownProvider();
  const ids = new Set(ofProvider.flatMap(({ loginChannelId }) => loginChannelId ?? []));
  if (ids.size === 0)
    throw new Failure(
      "login_channel_missing",
      "no channel of this provider names a LINE Login channel",
    );
  return { provider: first.provider, loginChannelIds: [...ids] };
};

const channelsOf = (all: readonly Channel[], provider: string | undefined): readonly Channel[] => {
  if (provider !== undefined) return all.filter((channel) => channel.provider === provider);
  if (new Set(all.map((channel) => channel.provider)).size <= 1) return all;
  throw new Failure("provider_missing", "needs the provider: the workspace has several", {
    field: "provider",
  });
};

const unknownProvider = (): Failure =>
  new Failure("provider_unknown", "no connected channel has this provider", { field: "provider" });
