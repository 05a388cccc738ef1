/** How a channel's webhooks, or all of them, are getting on. */
export interface WebhookStats {
  /** Events that happened while a webhook was to be called. */
  readonly events: number;
  /** Events answered 2xx at least once. */
  readonly delivered: number;
  /** Events with a delivery still to come or under way. */
  readonly pending: number;
  /** Events that no attempt brought a 2xx for, and none is left. */
  readonly givenUp: number;
  /** Events that happened while no webhook URL was set or its use was off: LINE sends nothing. */
  readonly unsent: number;
  readonly requests: number;
  /** Requests by status; `refused`, `timeout` and `broken` got none. */
  readonly answers: Readonly<Record<string, number>>;
  /** How long the bot server took, to the millisecond. */
  readonly durationMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

/** The counts behind the stats of one channel. */
export interface WebhookCounts {
  events: number;
  delivered: number;
  givenUp: number;
  unsent: number;
  requests: number;
  readonly answers: Record<string, number>;
  /** Requests by duration in whole milliseconds; the last slot holds everything longer. */
  readonly durations: Uint32Array;
}

const durationSlots = 5_001;

/** Counts at zero. */
export const newWebhookCounts = (): WebhookCounts => ({
  events: 0,
  delivered: 0,
  givenUp: 0,
  unsent: 0,
  requests: 0,
  answers: {},
  durations: new Uint32Array(durationSlots),
});

/** Counts one request. */
export function countRequest(counts: WebhookCounts, answer: string, durationMs: number): void {
  counts.requests += 1;
  counts.answers[answer] = (counts.answers[answer] ?? 0) + 1;
  const slot = Math.min(Math.round(durationMs), durationSlots - 1);
  counts.durations[slot] = (counts.durations[slot] as number) + 1;
}

/** The counts of several channels as one. */
export function statsOf(all: readonly WebhookCounts[]): WebhookStats {
  const sum = newWebhookCounts();
  for (const one of all) {
    sum.events += one.events;
    sum.delivered += one.delivered;
    sum.givenUp += one.givenUp;
    sum.unsent += one.unsent;
    sum.requests += one.requests;
    for (const [answer, count] of Object.entries(one.answers)) {
      sum.answers[answer] = (sum.answers[answer] ?? 0) + count;
    }
    one.durations.forEach((count, slot) => {
      if (count > 0) sum.durations[slot] = (sum.durations[slot] as number) + count;
    });
  }
  const { durations, ...rest } = sum;
  return {
    ...rest,
    pending: sum.events - sum.delivered - sum.givenUp,
    durationMs: {
      p50: quantile(durations, sum.requests, 0.5),
      p99: quantile(durations, sum.requests, 0.99),
      max: quantile(durations, sum.requests, 1),
    },
  };
}

function quantile(durations: Uint32Array, total: number, share: number): number {
  let left = Math.ceil(total * share);
  for (let slot = 0; slot < durations.length; slot += 1) {
    left -= durations[slot] as number;
    if (left <= 0) return slot;
  }
  return durations.length - 1;
}
