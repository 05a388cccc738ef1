/** How webhooks reach the bot server, and how they are disturbed on the way. */
export interface DeliveryOptions {
  /** Each event is delivered 1 to this many times. Default 1. */
  readonly copiesMax: number;
  /** Whether waiting events leave in random order. Default false. */
  readonly shuffle: boolean;
  /** At most this many events in one request. Default 10. */
  readonly batchMax: number;
  /** Requests under way at once, per channel. Default 8. */
  readonly concurrency: number;
  /** How long the bot server has to answer. LINE: 2 s. */
  readonly timeoutMs: number;
  /** Attempts in all for one delivery, where the channel's redelivery is on. Default 8. */
  readonly attemptsMax: number;
  /** Wait before the first redelivery; it doubles each time, up to 30 s. Default 500. */
  readonly backoffMs: number;
}

/** What holds where nothing else is said. */
export const defaultDelivery: DeliveryOptions = {
  copiesMax: 1,
  shuffle: false,
  batchMax: 10,
  concurrency: 8,
  timeoutMs: 2_000,
  attemptsMax: 8,
  backoffMs: 500,
};

/** The longest wait between two redeliveries. */
export const backoffMaxMs = 30_000;
