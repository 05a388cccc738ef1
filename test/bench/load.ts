import { setTimeout as pause } from "node:timers/promises";
import { Pool } from "undici";

export interface LoadRequest {
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface LoadOptions {
  readonly origin: string;
  readonly requests: readonly LoadRequest[];
  readonly connections: number;
  /** Requests start at this pace; without it, as fast as the answers come. */
  readonly perSecond?: number;
}

export interface LoadResult {
  readonly ms: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Sends each request once. */
export const load = async ({
  origin,
  requests,
  connections,
  perSecond,
}: LoadOptions): Promise<LoadResult> => {
  const pool = new Pool(origin, { connections, pipelining: 1 });
  const latencies: number[] = [];
  const statuses: Record<string, number> = {};
  const startedAt = performance.now();
  let next = 0;

  const one = async (request: LoadRequest): Promise<void> => {
    const sentAt = performance.now();
    const { statusCode, body } = await pool.request({
      method: "POST",
      path: request.path,
      body: request.body,
      headers: request.headers,
    });
    await body.dump();
    latencies.push(performance.now() - sentAt);
    statuses[statusCode] = (statuses[statusCode] ?? 0) + 1;
  };
  const lane = async (): Promise<void> => {
    for (let request = requests[next]; request; request = requests[next]) {
      const number = next;
      next += 1;
      if (perSecond !== undefined) await dueAt(startedAt + (number / perSecond) * 1_000);
      await one(request);
    }
  };
  await Promise.all(Array.from({ length: connections }, lane));
  const ms = performance.now() - startedAt;
  await pool.close();

  latencies.sort((one_, other) => one_ - other);
  return { ms, statuses, p50Ms: quantile(latencies, 0.5), p99Ms: quantile(latencies, 0.99) };
};

const dueAt = async (time: number): Promise<void> => {
  const wait = time - performance.now();
  if (wait > 0) await pause(wait);
};

const quantile = (sorted: readonly number[], share: number): number =>
  Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 10) /
  10;
