import type { ChannelMetrics } from "@yubin/types";
import { z } from "zod";

import type { ChannelCounts } from "../domain/channel-counts.ts";
import type { Channels } from "../domain/channel.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { findChannel } from "./get-channel.ts";

export interface GetChannelMetricsDeps {
  readonly channels: Channels;
  readonly channelCounts: ChannelCounts;
  readonly now: () => Date;
}

const daysDefault = 1;
/** Raw events are kept no longer, so no count reaches further back. */
const daysMax = 30;
const dayMs = 86_400_000;

const query = z.strictObject({
  days: z
    .string()
    .regex(/^\d{1,2}$/)
    .transform(Number)
    .refine((days) => days >= 1 && days <= daysMax)
    .default(daysDefault),
});

/** Who follows, and what LINE told about the channel in the last days. */
export const getChannelMetrics = (deps: GetChannelMetricsDeps): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof query>({
    method: "get",
    path: "/v1/channels/:id/metrics",
    scope: "read",
    query,
    handle: async ({ caller, params, query: { days } }) => {
      const channel = await findChannel(deps.channels, caller.workspaceId, params["id"]);
      const since = new Date(deps.now().getTime() - days * dayMs);
      const [people, { events, quarantined }, reconciliation] = await Promise.all([
        deps.channelCounts.people(channel),
        deps.channelCounts.events(channel, since),
        deps.channelCounts.reconciliation(channel),
      ]);
      const body: ChannelMetrics = {
        people,
        since: since.toISOString(),
        events,
        quarantined,
        reconciliation,
      };
      return { status: 200, body };
    },
  });
