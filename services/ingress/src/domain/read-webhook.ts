import { Failure } from "@yubin/errors";
import { limits } from "@yubin/types";

import type { InboundEvent } from "./inbound-event.ts";
import { readLineEvent, type EventPlace } from "./read-line-event.ts";

/** A verified webhook, event by event. */
export interface WebhookReading {
  /** To store; an id that occurs twice is here once. */
  readonly events: InboundEvent[];
  /** Of a type we do not know. */
  readonly ignored: number;
  /** Ids that occurred before in the same body. */
  readonly repeated: number;
  /** Of those, the ones that contradict the first. */
  readonly conflicts: number;
}

/** Reads a verified body. Fails only where the whole of it cannot be LINE's; a bad event never costs the others. */
export const readWebhook = (
  body: unknown,
  botUserId: string,
  place: EventPlace,
): WebhookReading => {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new Failure("body_shape", "the body must be an object with destination and events");
  const { destination, events } = body as { destination?: unknown; events?: unknown };
  if (!Array.isArray(events)) throw new Failure("body_shape", "events must be a list");
  if (destination !== botUserId)
    throw new Failure("destination_mismatch", "destination is not this channel's bot");
  if (events.length > limits.webhookEventsMax)
    throw new Failure(
      "too_many_events",
      `at most ${limits.webhookEventsMax} events, given ${events.length}`,
    );
  return readEvents(events, place);
};

const readEvents = (raws: readonly unknown[], place: EventPlace): WebhookReading => {
  const byId = new Map<string, InboundEvent>();
  let ignored = 0;
  let repeated = 0;
  let conflicts = 0;
  for (const raw of raws) {
    const event = readLineEvent(raw, place);
    if (!event) {
      ignored += 1;
      continue;
    }
    const first = byId.get(event.id);
    if (!first) byId.set(event.id, event);
    else {
      repeated += 1;
      if (first.hash !== event.hash) conflicts += 1;
    }
  }
  return { events: [...byId.values()], ignored, repeated, conflicts };
};
