import http from "node:http";
import https from "node:https";
import { finished } from "node:stream/promises";
import type { IncomingMessage, RequestOptions } from "node:http";

/** How one request to a bot server ended. */
export type PostResult =
  | { readonly outcome: "answered"; readonly status: number; readonly durationMs: number }
  | {
      readonly outcome: "refused" | "timeout" | "broken";
      readonly detail: string;
      readonly durationMs: number;
    };

/** One request to a bot server. */
export interface WebhookPost {
  readonly url: string;
  readonly body: string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** Sends webhook requests over connections that are kept open. */
export interface WebhookPoster {
  post(request: WebhookPost): Promise<PostResult>;
  close(): void;
}

/** Opens a poster. Its results never throw: a broken connection is an outcome. */
export function createWebhookPoster(): WebhookPoster {
  const agents = {
    "http:": new http.Agent({ keepAlive: true, maxSockets: 256 }),
    "https:": new https.Agent({ keepAlive: true, maxSockets: 256 }),
  };
  const post = async (request: WebhookPost): Promise<PostResult> => {
    const startedMs = performance.now();
    const took = (): number => performance.now() - startedMs;
    for (;;) {
      try {
        const status = await once(request, agents);
        return { outcome: "answered", status, durationMs: took() };
      } catch (error) {
        // The bot server closed an idle connection just as it was used again: nothing was read, so ask anew.
        if (error instanceof StaleSocketError) continue;
        return { ...failureOf(error), durationMs: took() };
      }
    }
  };
  return {
    post,
    close: () => {
      agents["http:"].destroy();
      agents["https:"].destroy();
    },
  };
}

type Agents = Record<"http:" | "https:", http.Agent>;

class StaleSocketError extends Error {}

function once({ url, body, headers, timeoutMs }: WebhookPost, agents: Agents): Promise<number> {
  const target = new URL(url);
  const secure = target.protocol === "https:";
  const options: RequestOptions = {
    method: "POST",
    agent: agents[secure ? "https:" : "http:"],
    signal: AbortSignal.timeout(timeoutMs),
    headers: { ...headers, "content-length": Buffer.byteLength(body) },
  };
  return new Promise((resolve, reject) => {
    const request = (secure ? https : http).request(target, options, (response) => {
      drain(response).then(() => resolve(response.statusCode ?? 0), reject);
    });
    request.on("error", (error: NodeJS.ErrnoException) => {
      const stale = request.reusedSocket && error.code === "ECONNRESET";
      reject(stale ? new StaleSocketError() : error);
    });
    request.end(body);
  });
}

/** LINE does not read what a bot server answers; it only waits for the end of it. */
async function drain(response: IncomingMessage): Promise<void> {
  response.resume();
  await finished(response);
}

function failureOf(error: unknown): { outcome: "refused" | "timeout" | "broken"; detail: string } {
  const { name, code, message } = error as NodeJS.ErrnoException;
  if (name === "AbortError" || name === "TimeoutError") {
    return { outcome: "timeout", detail: "no answer in time" };
  }
  const unreachable = ["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN"];
  return {
    outcome: unreachable.includes(code ?? "") ? "refused" : "broken",
    detail: code ?? message,
  };
}
