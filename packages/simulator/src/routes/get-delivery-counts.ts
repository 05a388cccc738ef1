import { ok, refusal } from "../answer.ts";
import { sendEndpoints } from "../endpoints.ts";
import type { LineRoute } from "../line-call.ts";

/** How many messages were delivered on a day of Japan, one endpoint per way to send. */
export const getDeliveryCounts: readonly LineRoute[] = sendEndpoints.map((kind) => ({
  endpoint: "deliveryCount",
  method: "GET",
  path: `/v2/bot/message/delivery/${kind}`,
  auth: "bearer",
  answer: ({ world, channel, query }) => {
    const date = query.get("date") ?? "";
    if (!/^\d{8}$/.test(date)) return refusal(400, "The value for the 'date' parameter is invalid");
    return ok(world.sentCounts.of(channel.channelId, kind, date));
  },
}));
