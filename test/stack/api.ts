import { randomUUID } from "node:crypto";

/** Yubin's HTTP API with one key, for stories and tests; other systems use packages/client. */
export interface Api {
  get<Answer>(path: string): Promise<Answer>;
  /** Each call is one request under an Idempotency-Key, repeated while Yubin says that it cannot yet. */
  post<Answer>(
    path: string,
    body?: unknown,
    options?: { readonly idempotencyKey?: string },
  ): Promise<Answer>;
  /** As somebody's browser, without a key: where it is led to, or undefined where it is led nowhere. */
  visit(path: string, userAgent: string): Promise<string | undefined>;
}

const patienceMs = 180_000;

export const createApi = (baseUrl: string, apiKey: string): Api => {
  const call = async <Answer>(method: string, path: string, init: RequestInit): Promise<Answer> => {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const answer = await fetch(new URL(path, baseUrl), {
        ...init,
        method,
        headers: {
          authorization: `Bearer ${apiKey}`,
          "content-type": "application/json",
          ...(init.headers as Record<string, string> | undefined),
        },
        signal: AbortSignal.timeout(30_000),
      });
      const text = await answer.text();
      if (answer.ok) return JSON.parse(text) as Answer;
      const isBusy =
        answer.status === 503 || (answer.status === 409 && text.includes('"in_progress"'));
      if (!isBusy || performance.now() > deadline) {
        throw new Error(`${method} ${path} answered ${answer.status}: ${text.slice(0, 500)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  };
  return {
    get: (path) => call("GET", path, {}),
    post: (path, body = {}, { idempotencyKey = randomUUID() } = {}) =>
      call("POST", path, {
        body: JSON.stringify(body),
        headers: { "idempotency-key": idempotencyKey },
      }),
    visit: async (path, userAgent) => {
      const answer = await fetch(new URL(path, baseUrl), {
        redirect: "manual",
        headers: { "user-agent": userAgent },
        signal: AbortSignal.timeout(30_000),
      });
      await answer.arrayBuffer();
      return answer.headers.get("location") ?? undefined;
    },
  };
};
