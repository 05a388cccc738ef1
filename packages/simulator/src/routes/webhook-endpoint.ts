import { ok, okEmpty, refusal } from "../answer.ts";
import type { LineRoute } from "../line-call.ts";
import { isWebhookUrl } from "../webhook-url.ts";

/** Sets where webhooks go. It holds at once, where LINE takes up to a minute. */
export const putWebhookEndpoint: LineRoute = {
  endpoint: "webhookSet",
  method: "PUT",
  path: "/v2/bot/channel/webhook/endpoint",
  auth: "bearer",
  json: true,
  answer: ({ world, channel, body }) => {
    const { endpoint } = body;
    if (!isWebhookUrl(endpoint, world.settings.httpsOnly)) {
      return refusal(400, "Invalid webhook endpoint URL");
    }
    channel.webhookUrl = endpoint;
    return okEmpty;
  },
};

/** Shows where webhooks go, and whether they do. */
export const getWebhookEndpoint: LineRoute = {
  endpoint: "webhookGet",
  method: "GET",
  path: "/v2/bot/channel/webhook/endpoint",
  auth: "bearer",
  answer: ({ channel: { webhookUrl, webhookActive } }) =>
    webhookUrl === undefined
      ? refusal(404, "Webhook endpoint not found")
      : ok({ endpoint: webhookUrl, active: webhookActive }),
};
