import { limits } from "@yubin/types";

import type { ReplyTokenRow } from "./rows/reply-tokens.ts";

/** The event that brought a token. */
export interface ReplyTokenOf {
  readonly channelId: string;
  readonly lineUserId: string;
  /** LINE's `webhookEventId`. */
  readonly eventId: string;
}

export const replyTokenId = ({ channelId, lineUserId, eventId }: ReplyTokenOf): string =>
  `${channelId}/${lineUserId}/${eventId}`;

/** The ids of all tokens by which this person could be answered on this channel. */
export const replyTokenIds = (
  channelId: string,
  lineUserId: string,
): { readonly $gt: string; readonly $lt: string } => ({
  $gt: `${channelId}/${lineUserId}/`,
  $lt: `${channelId}/${lineUserId}0`, // what follows a slash
});

/** A token that has just come; whoever stores it a second time must not undo a claim. */
export const newReplyToken = (
  of: ReplyTokenOf & { readonly workspaceId: string; readonly token: string },
  receivedAt: Date,
): ReplyTokenRow => ({
  _id: replyTokenId(of),
  workspaceId: of.workspaceId,
  token: of.token,
  receivedAt,
  claimedBy: null,
  expireAt: new Date(receivedAt.getTime() + limits.replyTokenLifeMs),
});
