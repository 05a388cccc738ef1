import { createCallCounts } from "./call-counts.ts";
import type { EndpointCounts } from "./call-counts.ts";
import type { Endpoint, SendEndpoint } from "./endpoints.ts";
import { createMarkerCounts } from "./marker-counts.ts";
import { createSendLog } from "./send-log.ts";
import type { SentRequest } from "./send-log.ts";

/** One send that LINE accepted. */
export interface Acceptance {
  readonly channelId: string;
  readonly endpoint: SendEndpoint;
  readonly marker: string;
  /** Every recipient with whether the message reached them. */
  readonly recipients: readonly string[];
  readonly delivered: number;
  readonly request: SentRequest;
}

/** What LINE saw of a channel, or of all channels together. */
export interface LedgerSummary {
  /** Send requests that were accepted. */
  readonly acceptedCalls: number;
  /** One per recipient of each accepted request. */
  readonly accepted: number;
  /** Of those, the ones whose recipient was reachable. */
  readonly delivered: number;
  /** Of those, the ones LINE took and dropped: blocked, stranger, deleted. */
  readonly notDelivered: number;
  /** Acceptances beyond the first of the same marker for the same recipient. Zero is what everyone wants. */
  readonly duplicates: number;
  readonly markers: number;
  /** Requests whose retry key was already accepted with another body. */
  readonly sameKeyOtherBody: number;
  /** Sends accepted again because LINE had forgotten their retry key. */
  readonly expiredKeySends: number;
  readonly endpoints: Partial<Record<Endpoint, EndpointCounts>>;
  /** The share of send requests that were answered 429. */
  readonly share429: number;
  readonly faults: Readonly<Record<string, number>>;
}

/** The record of what was asked and what was accepted, kept by content and recipient. */
export interface Ledger {
  accept(acceptance: Acceptance): void;
  /** A request arrived on the endpoint. */
  attempted(channelId: string, endpoint: Endpoint): void;
  /** The request was answered with this status, or ended without an answer. */
  answered(channelId: string, endpoint: Endpoint, answer: number | "reset" | "hung"): void;
  faulted(channelId: string, kind: string): void;
  sameKeyOtherBody(channelId: string): void;
  expiredKeySend(channelId: string): void;
  summary(channelId?: string): LedgerSummary;
  /** How often each recipient was sent the marker. */
  recipients(marker: string, channelId?: string): Map<string, number>;
  /** The markers with how many recipients they had, in order of first acceptance. */
  markers(options?: { prefix?: string; channelId?: string; limit?: number }): MarkerCount[];
  /** How often the person was sent each marker. Looks through the whole ledger. */
  receivedBy(recipient: string, channelId?: string): Map<string, number>;
  /** When sends were accepted: milliseconds on the machine's own clock, which never jumps; the newest 100,000 or more. */
  acceptedAt(channelId?: string): readonly number[];
  /** The newest accepted requests, oldest first; all of them with `keepBodies`. */
  requests(options?: { recipient?: string; channelId?: string }): readonly SentRequest[];
  clear(): void;
}

/** A marker with its recipients counted. */
export interface MarkerCount {
  readonly marker: string;
  readonly channelId: string;
  readonly recipients: number;
  readonly accepted: number;
}

/** Opens an empty ledger. */
export function createLedger(options: { keepBodies: boolean; recentMax: number }): Ledger {
  const markers = createMarkerCounts();
  const calls = createCallCounts();
  const log = createSendLog(options.keepBodies ? Number.POSITIVE_INFINITY : options.recentMax);
  const totals = new Map<string, Totals>();
  const totalsOf = (channelId: string): Totals => {
    let found = totals.get(channelId);
    if (!found) totals.set(channelId, (found = newTotals()));
    return found;
  };

  return {
    accept: ({ channelId, endpoint, marker, recipients, delivered, request }) => {
      const sum = totalsOf(channelId);
      sum.acceptedCalls += 1;
      sum.accepted += recipients.length;
      sum.delivered += delivered;
      sum.duplicates += markers.add(channelId, marker, recipients);
      calls.accepted(channelId, endpoint);
      log.add(request);
    },
    attempted: (channelId, endpoint) => calls.attempted(channelId, endpoint),
    answered: (channelId, endpoint, answer) => calls.answered(channelId, endpoint, answer),
    faulted: (channelId, kind) => {
      const { faults } = totalsOf(channelId);
      faults[kind] = (faults[kind] ?? 0) + 1;
    },
    sameKeyOtherBody: (channelId) => {
      totalsOf(channelId).sameKeyOtherBody += 1;
    },
    expiredKeySend: (channelId) => {
      totalsOf(channelId).expiredKeySends += 1;
    },
    summary: (channelId) => {
      const chosen = channelId === undefined ? [...totals.values()] : [totalsOf(channelId)];
      return summaryOf(chosen, calls.of(channelId), markers.count(channelId));
    },
    recipients: (marker, channelId) => markers.recipients(marker, channelId),
    markers: (filter) => markers.list(filter),
    receivedBy: (recipient, channelId) => markers.receivedBy(recipient, channelId),
    acceptedAt: (channelId) => calls.acceptedAt(channelId),
    requests: (filter) => log.list(filter),
    clear: () => {
      totals.clear();
      markers.clear();
      calls.clear();
      log.clear();
    },
  };
}

interface Totals {
  acceptedCalls: number;
  accepted: number;
  delivered: number;
  duplicates: number;
  sameKeyOtherBody: number;
  expiredKeySends: number;
  readonly faults: Record<string, number>;
}

const newTotals = (): Totals => ({
  acceptedCalls: 0,
  accepted: 0,
  delivered: 0,
  duplicates: 0,
  sameKeyOtherBody: 0,
  expiredKeySends: 0,
  faults: {},
});

function summaryOf(
  all: readonly Totals[],
  endpoints: Partial<Record<Endpoint, EndpointCounts>>,
  markers: number,
): LedgerSummary {
  const sum = newTotals();
  for (const one of all) {
    sum.acceptedCalls += one.acceptedCalls;
    sum.accepted += one.accepted;
    sum.delivered += one.delivered;
    sum.duplicates += one.duplicates;
    sum.sameKeyOtherBody += one.sameKeyOtherBody;
    sum.expiredKeySends += one.expiredKeySends;
    for (const [kind, count] of Object.entries(one.faults)) {
      sum.faults[kind] = (sum.faults[kind] ?? 0) + count;
    }
  }
  return {
    ...sum,
    notDelivered: sum.accepted - sum.delivered,
    markers,
    endpoints,
    share429: share429Of(endpoints),
  };
}

function share429Of(endpoints: Partial<Record<Endpoint, EndpointCounts>>): number {
  let attempted = 0;
  let refused = 0;
  for (const endpoint of ["push", "multicast", "reply", "broadcast"] as const) {
    attempted += endpoints[endpoint]?.attempted ?? 0;
    refused += endpoints[endpoint]?.answers["429"] ?? 0;
  }
  return attempted === 0 ? 0 : refused / attempted;
}
