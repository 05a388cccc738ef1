import type { ChannelMetrics } from "@yubin/types";

import type { Channel } from "./channel.ts";

/** Numbers about a channel, each a count of the rows it is about. */
export interface ChannelCounts {
  people(channel: Channel): Promise<ChannelMetrics["people"]>;
  events(channel: Channel, since: Date): Promise<Pick<ChannelMetrics, "events" | "quarantined">>;
  reconciliation(channel: Channel): Promise<ChannelMetrics["reconciliation"]>;
}
