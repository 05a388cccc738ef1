import { isDuplicateKey, isSameMessage, newMessageBatch, type Store } from "@yubin/store";
import { newId } from "@yubin/types";

import type { StoreSendDeps } from "../domain/store-send.ts";

/** Messages that came by the public queue; the same key twice is one row. */
export const createAddMessage = ({ batches }: Store): StoreSendDeps["addMessage"] => {
  const rows = batches;
  return async (payload, now) => {
    const { v: _, workspaceId, idempotencyKey, ...request } = payload;
    const row = newMessageBatch(request, {
      workspaceId,
      idempotencyKey,
      newId: () => newId("msg"),
      now,
    });
    try {
      await rows.insertOne(row);
      return { kind: "stored", messageId: row._id };
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    const earlier = await rows.findOne({ _id: row._id, workspaceId });
    const same = earlier !== null && isSameMessage(earlier, row);
    return { kind: same ? "stored" : "other", messageId: row._id };
  };
};
