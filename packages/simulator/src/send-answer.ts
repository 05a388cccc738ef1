import type { ServerResponse } from "node:http";
import type { Answer } from "./answer.ts";
import type { Endpoint } from "./endpoints.ts";
import type { World } from "./world.ts";

/** A request that is to be answered. */
export interface Pending {
  readonly world: World;
  readonly res: ServerResponse;
  readonly requestId: string;
  /** Where the ledger counts the answer; nothing is counted for requests of no channel. */
  readonly counted?: { readonly channelId: string; readonly endpoint: Endpoint };
}

/** Sends the answer, after the simulator's latency and whatever delay is asked for on top. */
export function sendAnswer(pending: Pending, answer: Answer, delayMs = 0): void {
  const waitMs = delayMs + latencyOf(pending.world);
  if (waitMs === 0) write(pending, answer);
  else setTimeout(() => write(pending, answer), waitMs);
}

function write({ world, res, requestId, counted }: Pending, answer: Answer): void {
  if (counted) world.ledger.answered(counted.channelId, counted.endpoint, answer.status);
  if (res.destroyed) return;
  res.writeHead(answer.status, {
    "content-type": answer.contentType ?? "application/json",
    "content-length": Buffer.byteLength(answer.body),
    "x-line-request-id": requestId,
    ...answer.headers,
  });
  res.end(answer.body);
}

function latencyOf({ settings, random }: World): number {
  const [min, max] = settings.latencyMs;
  return max === 0 ? 0 : min + random.next() * (max - min);
}
