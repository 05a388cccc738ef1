import {
  cancellable,
  cancelledMessage,
  isDuplicateKey,
  isSameMessage,
  newMessageBatch,
  type BatchRow,
  type Store,
} from "@yubin/store";
import { newId } from "@yubin/types";

import type { Message, Messages } from "../domain/message.ts";
import { dueAt } from "./due-at.ts";

export const createMessages = ({ batches }: Store): Messages => {
  const rows = batches;
  return {
    add: async (request, { workspaceId, idempotencyKey, campaignName, now }) => {
      const row = newMessageBatch(request, {
        workspaceId,
        idempotencyKey,
        ...(campaignName === undefined ? {} : { campaignName }),
        newId: () => newId("msg"),
        now,
      });
      try {
        await rows.insertOne(row);
        return { kind: "stored", id: row._id };
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
      const earlier = await rows.findOne({ _id: row._id, workspaceId });
      const same = earlier !== null && isSameMessage(earlier, row);
      return { kind: same ? "stored" : "other", id: row._id };
    },
    find: async (workspaceId, messageId) => {
      const row = await rows.findOne({ _id: messageId, workspaceId, campaignId: null });
      return row ? toMessage(row) : undefined;
    },
    cancel: async (workspaceId, messageId, now) => {
      const result = await rows.updateOne(
        { _id: messageId, workspaceId, ...cancellable },
        cancelledMessage(now),
      );
      return result.modifiedCount === 1;
    },
  };
};

const toMessage = (row: BatchRow): Message => {
  const recipient = row.recipients[0] ?? {};
  const call = row.calls[0];
  const attempted = call !== undefined || recipient.firstAttemptAt !== undefined;
  const isReply = call?.method === "reply" || recipient.via === "reply";
  return {
    id: row._id,
    channelId: row.channelId,
    campaignId: row.origin?.campaignId ?? null,
    template: row.content?.template ?? null,
    outcome: recipient.outcome ?? null,
    reason: recipient.reason ?? null,
    // Without its words it was erased, and the id of the profile stays in the row alone.
    profileId: (row.content && row.profileId) ?? null,
    lineUserId: recipient.lineUserId ?? null,
    attempted,
    via: attempted ? (isReply ? "reply" : "push") : null,
    queuedAt: row.createdAt,
    sendAt: row.sendAt,
    looksAt: row.state === "open" && row.claim === null ? row.nextAt : null,
    dueAt: dueAt(row),
    firstAttemptAt: recipient.firstAttemptAt ?? call?.firstAttemptAt ?? null,
    settledAt: recipient.settledAt ?? row.settledAt,
    lineRequestId: recipient.lineRequestId ?? null,
    sentMessageIds: recipient.messageIds ?? [],
    detail: recipient.detail ?? null,
    tracked: row.content === null ? null : row.content.tracking === true,
  };
};
