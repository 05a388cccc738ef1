/** A send that LINE accepted under a retry key. */
export interface AcceptedSend {
  readonly atMs: number;
  readonly requestId: string;
  /** Tells whether a later request under the same key says the same; LINE itself never compares. */
  readonly bodyHash: number;
  readonly sentMessages: readonly SentMessage[] | undefined;
}

/** One message LINE took, as push and reply answer it. */
export interface SentMessage {
  readonly id: string;
  readonly quoteToken?: string;
}

/** The retry keys of accepted sends. A refused request leaves no trace here. */
export interface RetryKeys {
  /** The send accepted under this key, if LINE still remembers it; `"forgotten"` once its life is over. */
  find(channelId: string, key: string): AcceptedSend | "forgotten" | undefined;
  remember(channelId: string, key: string, send: AcceptedSend): void;
}

/** Opens an empty memory in which a key lives for `lifeMs` from its first acceptance. */
export function createRetryKeys({ now, lifeMs }: { now: () => number; lifeMs: number }): RetryKeys {
  const sends = new Map<string, AcceptedSend>();
  return {
    find: (channelId, key) => {
      const send = sends.get(nameOf(channelId, key));
      if (!send) return undefined;
      return now() - send.atMs < lifeMs ? send : "forgotten";
    },
    remember: (channelId, key, send) => {
      sends.set(nameOf(channelId, key), send);
    },
  };
}

/** Whether the text is a UUID in its hexadecimal form, the only shape LINE takes. */
export const isRetryKey = (text: string): boolean => retryKeyPattern.test(text);

const retryKeyPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const nameOf = (channelId: string, key: string): string => `${channelId}/${key.toLowerCase()}`;
