import { createHmac } from "node:crypto";

/** A keyed hash of an alias key under each of our keys, the newest first: after a rotation older tombstones still hold. */
export const createTombstoneIds =
  (keys: readonly { readonly key: Buffer }[]) =>
  (aliasKey: string): string[] =>
    keys.map(({ key }) =>
      createHmac("sha256", key).update(`tombstone/1\n${aliasKey}`).digest("hex"),
    );
