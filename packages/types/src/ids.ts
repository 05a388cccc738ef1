import { hash, randomUUID } from "node:crypto";

/** The typed prefixes of our ids. */
export type IdKind =
  | "ws"
  | "key"
  | "chan"
  | "prof"
  | "camp"
  | "msg"
  | "tmpl"
  | "evt"
  | "link"
  | "merge"
  | "conf"
  | "dead"
  | "backfill"
  | "list"
  | "est"
  | "imp"
  | "req";

/** A new id, e.g. `prof_0198c2…`: time-ordered, so rows made together lie together. */
export const newId = (kind: IdKind, now: () => number = Date.now): string => {
  const random = randomUUID().replaceAll("-", "");
  return `${kind}_${now().toString(16).padStart(12, "0")}${random.slice(0, 20)}`;
};

/** An id that follows from facts: the same facts give the same id, so the write behind it can be repeated. */
export const idFrom = (kind: IdKind, ...facts: readonly string[]): string =>
  `${kind}_${digest(facts).toString("hex").slice(0, 32)}`;

/** Of the message that was sent under an idempotency key, by HTTP or over the queue. */
export const messageIdFrom = (workspaceId: string, idempotencyKey: string): string =>
  idFrom("msg", workspaceId, idempotencyKey);

/** As `idFrom`, and ordered by time like a new one. */
export const idFromAt = (kind: IdKind, atMs: number, ...facts: readonly string[]): string => {
  const time = newId(kind, () => atMs).slice(0, -20);
  return `${time}${digest(facts).toString("hex").slice(0, 20)}`;
};

/**
 * LINE's retry key for one call: a UUID that follows from the facts of the call, stable over restarts and versions.
 *
 * Source: LINE asks for a hexadecimal UUID in `X-Line-Retry-Key` (Retrying an API request).
 */
export const retryKeyFrom = (...facts: readonly string[]): string => {
  const bytes = digest(["retry-key/1", ...facts]).subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80; // version 8: made our own way
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
};

/** A number from 0 to below 1 that follows from facts; over many facts these are spread as random ones are. */
export const fractionFrom = (...facts: readonly string[]): number =>
  digest(facts).readUIntBE(0, 6) / 2 ** 48;

/** Length-prefixed, so that ("ab","c") and ("a","bc") differ. */
const digest = (facts: readonly string[]): Buffer =>
  hash("sha256", facts.map((fact) => `${Buffer.byteLength(fact)}:${fact}`).join(""), "buffer");
