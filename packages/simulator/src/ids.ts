import { hash, randomUUID } from "node:crypto";
import { createRandom } from "./random.ts";

/** Makes every kind of id that LINE hands out. All but request ids follow from the seed. */
export interface Ids {
  requestId(): string;
  /** A message id: 18 digits, beyond what a JavaScript number can hold. */
  messageId(): string;
  /** A ULID that is greater than every earlier one, so that the newest event is never in doubt. */
  eventId(atMs: number): string;
  /** An opaque token of 32 hex digits. */
  token(kind: string): string;
}

/** Opens the id makers of one simulator. */
export function createIds(seed: string | number): Ids {
  const random = createRandom(`${seed}/ids`);
  const messagePrefix = String(500_000_000 + random.below(99_000_000));
  let messages = 0;
  let events = 0;
  let tokens = 0;
  let newestEventMs = 0;
  return {
    requestId: randomUUID,
    messageId: () => {
      messages += 1;
      return messagePrefix + String(messages).padStart(9, "0");
    },
    eventId: (atMs) => {
      events += 1;
      newestEventMs = Math.max(newestEventMs, atMs);
      return base32(newestEventMs, 10) + base32(events, 10) + base32(random.below(2 ** 30), 6);
    },
    token: (kind) => {
      tokens += 1;
      return hexId(seed, kind, tokens);
    },
  };
}

/** 32 hex digits that follow from the parts: the tail of a user id, a secret, a token. */
export const hexId = (...parts: readonly (string | number)[]): string =>
  hash("md5", parts.join("/"));

const userIdPattern = /^U[0-9a-f]{32}$/;
const groupIdPattern = /^C[0-9a-f]{32}$/;
const roomIdPattern = /^R[0-9a-f]{32}$/;

/** Whether the text has the shape of a user id. */
export const isUserId = (text: string): boolean => userIdPattern.test(text);

/** What kind of recipient the id names by its shape, if any. */
export function recipientKind(id: string): "user" | "group" | "room" | undefined {
  if (userIdPattern.test(id)) return "user";
  if (groupIdPattern.test(id)) return "group";
  return roomIdPattern.test(id) ? "room" : undefined;
}

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

function base32(value: number, digits: number): string {
  let rest = value;
  let text = "";
  for (let i = 0; i < digits; i += 1) {
    text = (crockford[rest % 32] as string) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}
