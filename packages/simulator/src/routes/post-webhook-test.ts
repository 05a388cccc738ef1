import { ok, refusal } from "../answer.ts";
import type { LineRoute } from "../line-call.ts";
import type { PostResult } from "../webhook-poster.ts";
import { isWebhookUrl } from "../webhook-url.ts";

/** Sends a signed request without events, right now, and tells how it went. */
export const postWebhookTest: LineRoute = {
  endpoint: "webhookTest",
  method: "POST",
  path: "/v2/bot/channel/webhook/test",
  auth: "bearer",
  json: true,
  answer: async ({ world, channel, body }) => {
    const url = body["endpoint"] ?? channel.webhookUrl;
    if (url === undefined) return refusal(404, "Webhook endpoint not found");
    if (!isWebhookUrl(url, world.settings.httpsOnly)) {
      return refusal(400, "Invalid webhook endpoint URL");
    }
    const probe = JSON.stringify({ destination: channel.botUserId, events: [] });
    const result = await world.webhooks.post(channel, probe, { url });
    const timestamp = new Date(world.clock.now()).toISOString();
    return ok({ timestamp, ...reportOf(result) });
  },
};

const reasons = {
  refused: "COULD_NOT_CONNECT",
  timeout: "REQUEST_TIMEOUT",
  broken: "UNCLASSIFIED",
} as const;

function reportOf(result: PostResult) {
  if (result.outcome !== "answered") {
    const { detail, outcome } = result;
    return { success: false, statusCode: 0, reason: reasons[outcome], detail };
  }
  const { status } = result;
  const success = status >= 200 && status < 300;
  const reason = success ? "OK" : "ERROR_STATUS_CODE";
  return { success, statusCode: status, reason, detail: String(status) };
}
