import type { IncomingHttpHeaders } from "node:http";
import type { SendEndpoint } from "./endpoints.ts";

/** An accepted send as it came in. */
export interface SentRequest {
  readonly atMs: number;
  readonly channelId: string;
  readonly endpoint: SendEndpoint;
  readonly requestId: string;
  readonly retryKey: string | undefined;
  readonly recipients: readonly string[];
  readonly path: string;
  /** All but `authorization`: a log of tokens helps nobody. */
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** The newest accepted sends, with their bodies. */
export interface SendLog {
  add(request: SentRequest): void;
  list(options?: { recipient?: string; channelId?: string }): readonly SentRequest[];
  clear(): void;
}

/** Opens a log of the newest `max` sends; older ones are dropped so that it stays small. */
export function createSendLog(max: number): SendLog {
  let requests: SentRequest[] = [];
  return {
    add: (request) => {
      if (max === 0) return;
      requests.push(request);
      // Dropping in bulk keeps this flat: the path of every push leads through here.
      if (requests.length >= max * 2) requests = requests.slice(-max);
    },
    list: ({ recipient, channelId } = {}) =>
      requests
        .slice(-Math.min(max, requests.length || 1))
        .filter(
          (one) =>
            (channelId === undefined || one.channelId === channelId) &&
            (recipient === undefined || one.recipients.includes(recipient)),
        )
        .map(withoutToken),
    clear: () => {
      requests = [];
    },
  };
}

const withoutToken = (request: SentRequest): SentRequest => {
  const { authorization: _, ...headers } = request.headers;
  return { ...request, headers };
};
