import { isDuplicateKey, type IdempotencyRow, type Store } from "@yubin/store";

import type {
  IdempotencyClaim,
  IdempotencyKeys,
  IdempotentRequest,
} from "../domain/idempotency.ts";

/** Longer than any request may run: whoever still holds a claim after it has crashed. */
const lockMs = 60_000;
const rememberMs = 24 * 3_600_000;
const triesMax = 5;

export const createIdempotencyKeys = (store: Store): IdempotencyKeys => {
  const rows = store.idempotency;

  /** Undefined where the row changed between reading and claiming: look again. */
  const tryClaim = async (
    request: IdempotentRequest,
    now: Date,
  ): Promise<IdempotencyClaim | undefined> => {
    const fresh = newRow(request, now);
    try {
      await rows.insertOne(fresh);
      return { kind: "mine", lock: fresh.lockedUntil };
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    const row = await rows.findOne({ _id: fresh._id, workspaceId: fresh.workspaceId });
    if (!row) return undefined;
    const found = claimOf(row, request, now);
    if (found !== "free") return found;
    const { modifiedCount } = await rows.replaceOne(
      {
        _id: row._id,
        workspaceId: row.workspaceId,
        fingerprint: row.fingerprint,
        lockedUntil: row.lockedUntil,
      },
      fresh,
    );
    return modifiedCount === 1 ? { kind: "mine", lock: fresh.lockedUntil } : undefined;
  };

  return {
    claim: async (request, now) => {
      for (let attempt = 0; attempt < triesMax; attempt += 1) {
        const claim = await tryClaim(request, now);
        if (claim) return claim;
      }
      return { kind: "running", until: new Date(now.getTime() + 1_000) };
    },
    settle: async (request, lock, answer) => {
      await rows.updateOne(
        { _id: idOf(request), workspaceId: request.workspaceId, lockedUntil: lock, answer: null },
        { $set: { answer: { status: answer.status, body: answer.body } } },
      );
    },
    release: async (request, lock) => {
      await rows.deleteOne({
        _id: idOf(request),
        workspaceId: request.workspaceId,
        lockedUntil: lock,
        answer: null,
      });
    },
  };
};

const idOf = ({ workspaceId, key }: IdempotentRequest): string => `${workspaceId}/${key}`;

const newRow = (request: IdempotentRequest, now: Date): IdempotencyRow => ({
  _id: idOf(request),
  workspaceId: request.workspaceId,
  fingerprint: request.fingerprint,
  answer: null,
  lockedUntil: new Date(now.getTime() + lockMs),
  expireAt: new Date(now.getTime() + rememberMs),
});

/** A row past its day counts as gone, whether the server has removed it yet or not. */
const claimOf = (
  row: IdempotencyRow,
  request: IdempotentRequest,
  now: Date,
): IdempotencyClaim | "free" => {
  if (row.expireAt <= now) return "free";
  if (row.fingerprint !== request.fingerprint) return { kind: "mismatch" };
  if (row.answer) return { kind: "answered", answer: row.answer };
  return row.lockedUntil > now ? { kind: "running", until: row.lockedUntil } : "free";
};
