import type { Metrics } from "@yubin/kit";

import type { EventsStored } from "../domain/inbound-event.ts";
import type { WebhookReading } from "../domain/read-webhook.ts";

/** Counts what became of the events of webhooks. */
export interface WebhookCounts {
  webhook(reading: WebhookReading, stored: EventsStored): void;
  conflicts(count: number): void;
}

export const createWebhookCounts = (metrics: Metrics): WebhookCounts => {
  const events = metrics.counter({
    name: "yubin_ingress_events_total",
    help: "Events of verified webhooks, by what became of them.",
    labels: ["outcome"],
  });
  const quarantined = metrics.counter({
    name: "yubin_ingress_events_quarantined_total",
    help: "Events kept aside, by reason; redeliveries count again.",
    labels: ["reason"],
  });
  const conflicts = metrics.counter({
    name: "yubin_ingress_event_conflicts_total",
    help: "Events that contradict an earlier one of the same id; the first one counts.",
  });
  const add = (outcome: string, count: number): void => {
    if (count > 0) events.inc({ outcome }, count);
  };

  return {
    webhook: (reading, stored) => {
      add("stored", stored.inserted);
      add("duplicate", stored.duplicates + reading.repeated);
      add("ignored", reading.ignored);
      for (const event of reading.events) {
        if (event.quarantined) quarantined.inc({ reason: event.quarantined });
      }
      conflicts.inc(reading.conflicts);
    },
    conflicts: (count) => conflicts.inc(count),
  };
};
