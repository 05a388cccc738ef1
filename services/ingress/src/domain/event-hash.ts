import { hash } from "node:crypto";

/** A short fingerprint of what an event says. Its body must have been made by a schema, so that fields have one order. */
export const eventHash = (type: string, occurredAtMs: number, body: object): string =>
  hash("sha256", `${type}\n${occurredAtMs}\n${JSON.stringify(body)}`, "hex").slice(0, 24);
