import { isDeepStrictEqual } from "node:util";

import {
  idFrom,
  messageIdFrom,
  parseProfileRef,
  refText,
  sendRulesOf,
  wordsAsked,
  type FrozenSend,
  type SendRequest,
} from "@yubin/types";

import type { BatchRow } from "./rows/batches.ts";

export interface NewMessage {
  readonly workspaceId: string;
  /** From HTTP's header or the queue's payload. */
  readonly idempotencyKey: string | undefined;
  /** Of the campaign that this is a test of. */
  readonly campaignName?: string;
  /** Used where nothing in the request makes an id. */
  readonly newId: () => string;
  readonly now: Date;
}

/**
 * The row of one message on its own. Its id follows from the idempotency key, or from campaign, step and person where
 * the caller names them, so that asking twice makes one row.
 */
export const newMessageBatch = (request: FrozenSend, message: NewMessage): BatchRow => {
  const ref = refOf(request.to);
  const sendAt = request.sendAt === undefined ? null : new Date(request.sendAt);
  return {
    _id: idOf(request, ref, message),
    workspaceId: message.workspaceId,
    channelId: request.channelId,
    campaignId: null,
    seq: 0,
    state: "open",
    endOfPlan: false,
    planCursor: null,
    method: "push",
    recipients: [{ ref }],
    calls: [],
    counts: {
      audience: 1,
      queued: 1,
      accepted: 0,
      refused: 0,
      skipped: 0,
      cancelled: 0,
      unknown: 0,
    },
    reasons: [],
    content: {
      messages: request.messages,
      ...(request.missing === undefined ? {} : { missing: request.missing }),
      ...(request.data ? { data: request.data } : {}),
      ...(request.notificationDisabled === undefined
        ? {}
        : { notificationDisabled: request.notificationDisabled }),
      ...(request.replyIfFree ? { replyIfFree: true } : {}),
      ...(isTracked(request) ? { tracking: true } : {}),
      ...(request.template ? { template: request.template } : {}),
      ...(message.campaignName === undefined ? {} : { campaignName: message.campaignName }),
    },
    purpose: request.purpose ?? null,
    rules: sendRulesOf(request),
    origin: request.campaignId
      ? { campaignId: request.campaignId, step: request.step ?? null }
      : null,
    sendAt,
    claim: null,
    nextAt: sendAt && sendAt > message.now ? sendAt : message.now,
    createdAt: message.now,
    settledAt: null,
  };
};

/** Whether two rows of one id ask for the same; if not, the second is refused as `idempotency_mismatch`. */
export const isSameMessage = (one: BatchRow, other: BatchRow): boolean =>
  isDeepStrictEqual(askedIn(one), askedIn(other));

const askedIn = (row: BatchRow) => ({
  workspaceId: row.workspaceId,
  channelId: row.channelId,
  ref: row.recipients[0]?.ref,
  words: row.content && wordsAsked(row.content),
  data: row.content?.data ?? null,
  replyIfFree: row.content?.replyIfFree ?? false,
  tracking: row.content?.tracking ?? false,
  purpose: row.purpose,
  rules: row.rules ?? sendRulesOf({}),
  origin: row.origin ?? null,
  sendAt: row.sendAt?.getTime(),
});

const isTracked = ({ tracking }: SendRequest): boolean => (tracking ?? "off") !== "off";

const refOf = (to: SendRequest["to"]): string => {
  if (typeof to !== "string") return `line:${to.provider}:${to.lineUserId}`;
  const ref = parseProfileRef(to);
  return ref ? refText(ref) : to;
};

const idOf = (request: SendRequest, ref: string, message: NewMessage): string => {
  if (message.idempotencyKey !== undefined)
    return messageIdFrom(message.workspaceId, message.idempotencyKey);
  if (request.campaignId !== undefined && request.step !== undefined)
    return idFrom("msg", message.workspaceId, "step", request.campaignId, request.step, ref);
  return message.newId();
};
