import { defineRows, field } from "../define-rows.ts";

/** One request under an Idempotency-Key: `_id` is `workspaceId/key`. */
export interface IdempotencyRow {
  _id: string;
  workspaceId: string;
  /** SHA-256 over method, path and body: another request under the same key is a mismatch. */
  fingerprint: string;
  /** Null while the first one runs. */
  answer: { status: number; body: unknown } | null;
  /** Until then a first one without an answer counts as running; later it may be taken over. */
  lockedUntil: Date;
  expireAt: Date;
}

export const idempotencyRows = defineRows<IdempotencyRow>({
  collection: "idempotency",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    fingerprint: field.text,
    answer: field.maybeNested,
    lockedUntil: field.time,
    expireAt: field.time,
  },
  indexes: [{ keys: { expireAt: 1 }, expireAfterSeconds: 0 }],
});
