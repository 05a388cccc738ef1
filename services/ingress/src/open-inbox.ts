import { withDeadline, type Logger, type Metrics } from "@yubin/kit";
import type { Store } from "@yubin/store";

import type { Announcer } from "./announce-events.ts";
import { createBreaker, type Breaker } from "./domain/breaker.ts";
import type { EventInbox, InboundEvent, Step } from "./domain/inbound-event.ts";
import type { WebhookCounts } from "./http/webhook-counts.ts";
import { createReplyTokens, type ReplyTokens } from "./store/reply-tokens.ts";
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

export interface OpenInbox {
  readonly inbox: EventInbox;
  readonly breaker: Breaker;
  readonly replyTokens: ReplyTokens;
}

/**
 * The inbox with its breaker: fails fast while MongoDB is known to be away, tells identity what is new, and keeps the
 * tokens by which people can be answered.
 */
export const openInbox = (options: OpenInboxOptions): OpenInbox => {
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
  const lost = metrics.counter({
    name: "yubin_ingress_reply_tokens_lost_total",
    help: "Reply tokens that were not stored; messages that could have gone as free replies are pushed.",
  });
  const replyTokens = createReplyTokens({
    store,
    onLost: (count, error) => {
      lost.inc(count);
      log.debug({ err: error, count }, "reply tokens were not stored");
    },
  });
  const compare = countConflicts(store, counts, log);
  const inbox = createEventInbox({
    store,
    breaker,
    deadlineMs,
    onInserted: (events) => {
      replyTokens.keep(events);
      announcer.events(events);
    },
    onDuplicates: (events) => {
      replyTokens.keep(events);
      compare(events);
    },
    ...(step ? { step } : {}),
  });
  return { inbox, breaker, replyTokens };
};

/**
 * After the answer, one after the other, and of those that wait only the newest: it is a number for people, and must not
 * cost a webhook.
 */
const countConflicts = (store: Store, counts: WebhookCounts, log: Logger) => {
  const countIn = createConflictCounter(store);
  let waiting: readonly InboundEvent[] = [];
  let comparing = false;
  const compareAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const duplicates = waiting;
      waiting = [];
      counts.conflicts(await countIn(duplicates));
    }
  };
  return (duplicates: readonly InboundEvent[]): void => {
    waiting = duplicates.slice(0, comparedMax);
    if (comparing) return;
    comparing = true;
    compareAll()
      .catch((error: unknown) => log.debug({ err: error }, "duplicates were not compared"))
      .finally(() => {
        comparing = false;
      });
  };
};
