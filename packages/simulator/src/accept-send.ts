import { invalidProperty, monthlyLimitReached } from "./answer.ts";
import type { Answer } from "./answer.ts";
import type { SendEndpoint } from "./endpoints.ts";
import type { JsonObject } from "./json.ts";
import type { LineCall } from "./line-call.ts";
import { markerOf } from "./marker.ts";
import type { SentMessage } from "./retry-keys.ts";

/** A send whose request passed every rule about its form. */
export interface Send {
  readonly endpoint: SendEndpoint;
  readonly messages: readonly JsonObject[];
  readonly recipients: readonly string[];
  /** How many people get it. */
  readonly delivered: number;
  /** Whether it counts towards the month's quota. */
  readonly billed: boolean;
  /** Whether the answer lists the messages, as push and reply do. */
  readonly listsMessages: boolean;
}

/**
 * The answer to a request whose retry key LINE knows, or nothing when the request is to be looked at.
 * Asked before the body is judged: LINE does not compare what the key was used for.
 */
export function repeatedSend(call: LineCall): Answer | undefined {
  const { world, channel, retryKey } = call;
  if (retryKey === undefined) return undefined;
  const known = world.retryKeys.find(channel.channelId, retryKey);
  if (known === undefined || known === "forgotten") return undefined;
  if (known.bodyHash !== call.bodyHash) world.ledger.sameKeyOtherBody(channel.channelId);
  const { sentMessages } = known;
  return {
    status: 409,
    body: JSON.stringify({
      message: "The retry key is already accepted",
      ...(sentMessages && { sentMessages }),
    }),
    headers: { "x-line-accepted-request-id": known.requestId },
  };
}

/** Accepts the send: from here on it happened, whatever becomes of the answer. */
export function acceptSend(call: LineCall, send: Send): Answer {
  const { world, channel, requestId, retryKey, bodyHash } = call;
  const { channelId } = channel;
  if (send.billed && !world.quota.hasRoom(channel, send.delivered)) return monthlyLimitReached;

  const sentMessages = send.listsMessages
    ? send.messages.map((message) => sentMessageOf(message, world.ids.messageId()))
    : undefined;
  if (send.billed) world.quota.spend(channelId, send.delivered);
  if (retryKey !== undefined) {
    if (world.retryKeys.find(channelId, retryKey) === "forgotten") {
      world.ledger.expiredKeySend(channelId);
    }
    const atMs = world.clock.now();
    world.retryKeys.remember(channelId, retryKey, { atMs, requestId, bodyHash, sentMessages });
  }
  world.sentCounts.add(channelId, send.endpoint, send.delivered);
  world.ledger.accept({
    channelId,
    endpoint: send.endpoint,
    marker: markerOf(send.messages),
    recipients: send.recipients,
    delivered: send.delivered,
    request: {
      atMs: world.clock.now(),
      channelId,
      endpoint: send.endpoint,
      requestId,
      retryKey,
      recipients: send.recipients,
      path: call.path,
      headers: call.headers,
      body: call.body,
    },
  });
  return { status: 200, body: sentMessages ? JSON.stringify({ sentMessages }) : "{}" };
}

/** The refusal of an aggregation unit LINE does not take, if there is one. */
export function refusedUnits(body: JsonObject): Answer | undefined {
  const units = body["customAggregationUnits"];
  if (units === undefined) return undefined;
  const fits =
    Array.isArray(units) &&
    units.length <= 1 &&
    units.every((unit) => typeof unit === "string" && /^[a-zA-Z0-9_]{1,30}$/.test(unit));
  return fits ? undefined : invalidProperty("customAggregationUnits");
}

const quotable = new Set(["text", "textV2", "sticker", "image", "video", "template", "flex"]);

function sentMessageOf(message: JsonObject, id: string): SentMessage {
  return quotable.has(String(message["type"])) ? { id, quoteToken: `q3Plxr4AgKd${id}` } : { id };
}
