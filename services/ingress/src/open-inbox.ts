import { withDeadline, type Logger, type Metrics } from "@yubin/kit";
import type { Store } from "@yubin/store";

import type { Announcer } from "./announce-events.ts";
import { createBreaker, type Breaker } from "./domain/breaker.ts";
import type { EventInbox, InboundEvent, Step } from "./domain/inbound-event.ts";
import type { WebhookCounts } from "./http/webhook-counts.ts";
import { createConflictCounter, createEventInbox } from "./store/event-inbox.ts";

export interface OpenInboxOptions {
  readonly store: Store;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly counts: WebhookCounts;
  readonly announcer: Announcer;
  readonly deadlineMs: number;
  readonly step?: Step;
}

const failuresMax = 3;
const probeEveryMs = 500;
/** Duplicates are compared with what is stored one group at a time; a storm of them is sampled. */
const comparedMax = 1_000;

/** The inbox with its breaker: fails fast while MongoDB is known to be away, and tells identity what is new. */
export const openInbox = (options: OpenInboxOptions): { inbox: EventInbox; breaker: Breaker } => {
  const { store, metrics, log, counts, announcer, deadlineMs, step } = options;
  const away = metrics.gauge({
    name: "yubin_ingress_store_away",
    help: "1 while MongoDB is known to be away and requests are refused at once.",
  });
  const breaker = createBreaker({
    failuresMax,
    // A store that answers a ping later than a webhook may wait would not have stored it in time either.
    probe: () => withDeadline(deadlineMs, () => store.ping(), "store.unavailable"),
    probeEveryMs,
    onChange: (open) => {
      away.set(open ? 1 : 0);
      log[open ? "error" : "info"](open ? "MongoDB is away" : "MongoDB is back");
    },
  });
  const inbox = createEventInbox({
    store,
    breaker,
    deadlineMs,
    onInserted: (events) => announcer.events(events),
    onDuplicates: countConflicts(store, counts, log),
    ...(step ? { step } : {}),
  });
  return { inbox, breaker };
};

/** After the answer, and never two at once: it is a number for people, and must not cost a webhook. */
const countConflicts = (store: Store, counts: WebhookCounts, log: Logger) => {
  const countIn = createConflictCounter(store);
  let comparing = false;
  return (duplicates: readonly InboundEvent[]): void => {
    if (comparing) return;
    comparing = true;
    countIn(duplicates.slice(0, comparedMax))
      .then((count) => counts.conflicts(count))
      .catch((error: unknown) => log.debug({ err: error }, "duplicates were not compared"))
      .finally(() => {
        comparing = false;
      });
  };
};
