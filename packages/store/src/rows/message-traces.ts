import { defineRows, field } from "../define-rows.ts";

/**
 * Where the content of a LINE message is stored, so that an unsend finds it, whichever of the two comes first.
 * `_id` is `channelId/messageId/eventId`, or `channelId/messageId/` once the person took the message back.
 */
export interface MessageTraceRow {
  _id: string;
  workspaceId: string;
  /** The event that holds the content, or the unsend. */
  eventRowId: string;
  expireAt: Date;
}

export const messageTraceRows = defineRows<MessageTraceRow>({
  collection: "messageTraces",
  fields: { _id: field.id, workspaceId: field.id, eventRowId: field.id, expireAt: field.time },
  indexes: [{ keys: { expireAt: 1 }, expireAfterSeconds: 0 }],
});
