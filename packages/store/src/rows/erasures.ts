import { defineRows, field } from "../define-rows.ts";

/**
 * A person who is being forgotten. `_id` is the event that asked for it; the names by which rows are found are there
 * for as long as they are needed, and are taken away in the end.
 */
export interface ErasureRow {
  _id: string;
  workspaceId: string;
  /** The person, and everybody they had absorbed. */
  profileIds: string[];
  lineUserIds: string[];
  /** Others whose LINE IDs these were before. */
  formerHomes?: string[];
  /** References that messages may have named the person by: `user:…`, `email:…`, `line:…`. */
  refs: string[];
  anonymousIds?: string[];
  /** Messages on their own that named the person, and by now no longer do: their links are looked for at every look. */
  messageIds?: string[];
  state: "open" | "done";
  requestedAt: Date;
  /** When each service had removed what it keeps. */
  parts: { identity: Date | null; sender: Date | null };
  /** When a sweeper may look at it; null once it is done. */
  nextAt: Date | null;
}

export const erasureRows = defineRows<ErasureRow>({
  collection: "erasures",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    profileIds: field.texts,
    lineUserIds: field.texts,
    formerHomes: field.texts,
    refs: field.texts,
    anonymousIds: field.texts,
    messageIds: field.texts,
    state: field.text,
    requestedAt: field.time,
    parts: field.nested,
    nextAt: field.maybeTime,
  },
  indexes: [{ keys: { nextAt: 1 } }],
});
