import { defineRows, field } from "../define-rows.ts";

/**
 * One chance to answer a person free of charge. `_id` is `channelId/lineUserId/webhookEventId`, so that a person's
 * tokens are next to each other and a redelivered event is the same row. Nothing that must happen depends on it:
 * without a token a message is pushed.
 */
export interface ReplyTokenRow {
  _id: string;
  workspaceId: string;
  /** LINE's, of no use to anybody without the channel's access token, and once only. */
  token: string;
  /** When it came, or came again: LINE takes it for a minute from then on. */
  receivedAt: Date;
  /** The message that it is for, for ever: no other one may try it. */
  claimedBy: string | null;
  /** Once claimed, after the last moment at which LINE could take it, so that a redelivery does not offer it again. */
  expireAt: Date;
}

export const replyTokenRows = defineRows<ReplyTokenRow>({
  collection: "replyTokens",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    token: field.text,
    receivedAt: field.time,
    claimedBy: field.maybeText,
    expireAt: field.time,
  },
  // Found by ranges of `_id` alone: each further index would cost every webhook something.
  indexes: [{ keys: { expireAt: 1 }, expireAfterSeconds: 0 }],
});
