import { ok } from "../answer.ts";
import type { LineRoute } from "../line-call.ts";

/** What the plan allows this month. */
export const getQuota: LineRoute = {
  endpoint: "quota",
  method: "GET",
  path: "/v2/bot/message/quota",
  auth: "bearer",
  answer: ({ channel }) => ok(channel.plan),
};

/** What was used of it. */
export const getConsumption: LineRoute = {
  endpoint: "consumption",
  method: "GET",
  path: "/v2/bot/message/quota/consumption",
  auth: "bearer",
  answer: ({ world, channel }) => ok({ totalUsage: world.quota.usage(channel.channelId) }),
};
