import { defineRows, field } from "../define-rows.ts";

/** Work that only a person can revive. `_id` follows from queue and job, so it is written once. */
export interface DeadLetterRow {
  _id: string;
  /** Null where the payload did not tell. */
  workspaceId: string | null;
  queue: string;
  name: string;
  payload: unknown;
  code: string;
  reason: string;
  at: Date;
}

export const deadLetterRows = defineRows<DeadLetterRow>({
  collection: "deadLetters",
  fields: {
    _id: field.id,
    workspaceId: field.maybeText,
    queue: field.text,
    name: field.text,
    payload: field.maybeNested,
    code: field.text,
    reason: field.text,
    at: field.time,
  },
  indexes: [{ keys: { workspaceId: 1, at: 1 } }],
});
