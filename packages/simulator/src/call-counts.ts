import { createCallWindow } from "./call-window.ts";
import type { CallWindow } from "./call-window.ts";
import type { Endpoint } from "./endpoints.ts";

/** What happened on one endpoint. */
export interface EndpointCounts {
  readonly attempted: number;
  /** By status; `reset` and `hung` are requests that got no answer. */
  readonly answers: Readonly<Record<string, number>>;
  /** The most calls of one channel within any one second; `accepted` counts sends alone. */
  readonly worstSecond: { readonly attempted: number; readonly accepted: number };
}

/** Requests and answers, per channel and endpoint. */
export interface CallCounts {
  attempted(channelId: string, endpoint: Endpoint): void;
  answered(channelId: string, endpoint: Endpoint, answer: number | "reset" | "hung"): void;
  /** A send was accepted, whatever its caller came to hear of it. */
  accepted(channelId: string, endpoint: Endpoint): void;
  /** When sends were accepted, of each channel and endpoint the newest 100,000 or more. */
  acceptedAt(channelId?: string): readonly number[];
  of(channelId?: string): Partial<Record<Endpoint, EndpointCounts>>;
  clear(): void;
}

/** Opens counts at zero. The worst second is measured on the machine's own clock, which never jumps. */
export function createCallCounts(): CallCounts {
  const rows = new Map<string, Row>();
  const rowOf = (channelId: string, endpoint: Endpoint): Row => {
    const key = `${channelId}/${endpoint}`;
    let row = rows.get(key);
    if (!row) rows.set(key, (row = newRow(channelId, endpoint)));
    return row;
  };
  const chosen = (channelId: string | undefined): Row[] =>
    [...rows.values()].filter((row) => channelId === undefined || row.channelId === channelId);
  return {
    attempted: (channelId, endpoint) => {
      const row = rowOf(channelId, endpoint);
      row.attempted += 1;
      row.attempts.add(performance.now());
    },
    answered: (channelId, endpoint, answer) => {
      const row = rowOf(channelId, endpoint);
      row.answers[answer] = (row.answers[answer] ?? 0) + 1;
    },
    accepted: (channelId, endpoint) => {
      const now = performance.now();
      const row = rowOf(channelId, endpoint);
      row.acceptances.add(now);
      row.acceptedAt.push(now);
      if (row.acceptedAt.length >= timesMax * 2) row.acceptedAt = row.acceptedAt.slice(-timesMax);
    },
    acceptedAt: (channelId) => chosen(channelId).flatMap(({ acceptedAt }) => acceptedAt),
    of: (channelId) => {
      const result: Partial<Record<Endpoint, EndpointCounts>> = {};
      for (const row of chosen(channelId)) result[row.endpoint] = joined(result[row.endpoint], row);
      return result;
    },
    clear: () => rows.clear(),
  };
}

const timesMax = 100_000;

interface Row {
  readonly channelId: string;
  readonly endpoint: Endpoint;
  attempted: number;
  readonly answers: Record<string, number>;
  readonly attempts: CallWindow;
  readonly acceptances: CallWindow;
  /** On the machine's own clock. */
  acceptedAt: number[];
}

const newRow = (channelId: string, endpoint: Endpoint): Row => ({
  channelId,
  endpoint,
  attempted: 0,
  answers: {},
  attempts: createCallWindow(),
  acceptances: createCallWindow(),
  acceptedAt: [],
});

function joined(counts: EndpointCounts | undefined, row: Row): EndpointCounts {
  const answers: Record<string, number> = { ...counts?.answers };
  for (const [answer, count] of Object.entries(row.answers)) {
    answers[answer] = (answers[answer] ?? 0) + count;
  }
  return {
    attempted: (counts?.attempted ?? 0) + row.attempted,
    answers,
    worstSecond: {
      attempted: Math.max(counts?.worstSecond.attempted ?? 0, row.attempts.worst()),
      accepted: Math.max(counts?.worstSecond.accepted ?? 0, row.acceptances.worst()),
    },
  };
}
