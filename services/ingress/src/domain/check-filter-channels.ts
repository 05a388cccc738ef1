import { Failure } from "@yubin/errors";
import type { AudienceFilter, CampaignAudience, CampaignExclude } from "@yubin/types";

import type { Channels } from "./channel.ts";

/** Channels that a filter names must be there: nobody follows one that is not, and nobody would be told. */
export const checkFilterChannels = async (
  channels: Pick<Channels, "find">,
  workspaceId: string,
  asked: {
    readonly audience?: CampaignAudience | undefined;
    readonly exclude?: CampaignExclude | null | undefined;
  },
): Promise<void> => {
  const { audience, exclude } = asked;
  const named = [
    ...(audience?.type === "filter" ? channelsIn(audience.where, "audience.where") : []),
    ...(exclude?.where ? channelsIn(exclude.where, "exclude.where") : []),
  ];
  for (const [channelId, [first]] of Map.groupBy(named, (one) => one.channelId))
    if (first && !(await channels.find(workspaceId, channelId)))
      throw new Failure("not_found", "no such channel", { field: first.field });
};

interface NamedChannel {
  readonly channelId: string;
  /** Where it stands in the request. */
  readonly field: string;
}

const channelsIn = (filter: AudienceFilter, field: string): NamedChannel[] => {
  if ("all" in filter)
    return filter.all.flatMap((one, at) => channelsIn(one, `${field}.all[${at}]`));
  if ("any" in filter)
    return filter.any.flatMap((one, at) => channelsIn(one, `${field}.any[${at}]`));
  if ("not" in filter) return channelsIn(filter.not, `${field}.not`);
  if (!("friendship" in filter) || filter.channelId === undefined) return [];
  return [{ channelId: filter.channelId, field: `${field}.channelId` }];
};
