import { isDuplicateKey, upserting, type LineLinkRow, type Store } from "@yubin/store";
import { limits, lineLinkEventId, type CommandBody } from "@yubin/types";

import type { LinkStore, OpenLink } from "../domain/prove-links.ts";
import { asStoreFailure } from "./as-store-failure.ts";

/** One-time links that wait for LINE's word, and the commands that they end in. */
export const createLinks = (store: Store, now: () => Date): LinkStore => {
  const { events, lineLinks, linkAttempts } = store;
  const change = async (link: OpenLink, to: Partial<LineLinkRow>): Promise<boolean> => {
    const { id, workspaceId, version } = link;
    const done = await guarded(() =>
      lineLinks.updateOne(
        { _id: id, workspaceId, version },
        { $set: { ...to, version: version + 1 } },
      ),
    );
    return done.matchedCount === 1;
  };

  return {
    findBySecret: async (workspaceId, secret) => {
      const named =
        "codeHash" in secret ? { codeHash: secret.codeHash } : { nonceHashes: secret.nonceHash };
      const row = await guarded(() => lineLinks.findOne({ ...named, workspaceId }));
      return row ? toLink(row) : undefined;
    },
    prove: (link, lineUserId, provedBy) =>
      change(link, { state: "proven", lineUserId, provedBy, provenAt: now() }),
    fail: (link, reason, provedBy) =>
      change(link, { state: "failed", reason, provedBy, nonceHashes: [] }),
    storeCommand: async ({ id, workspaceId, profileId, provider }, { lineUserId, kind, at }) => {
      const body: CommandBody<"link"> = { profileId, provider, lineUserId, proof: kind };
      const eventId = lineLinkEventId(workspaceId, id);
      const rowId = `${workspaceId}/api/${eventId}`;
      const receivedAt = now();
      const insert = events.insertOne({
        _id: rowId,
        workspaceId,
        channelId: null,
        source: "api",
        type: "link",
        eventId,
        occurredAt: at,
        receivedAt,
        state: "stored",
        reason: null,
        lineUserId: null,
        profileId: null,
        appliedAt: null,
        nextAt: receivedAt,
        body,
        hash: null,
        expireAt: new Date(receivedAt.getTime() + limits.eventRetentionMs),
      });
      await guarded(() =>
        insert.catch((error: unknown) => {
          if (!isDuplicateKey(error)) throw error;
        }),
      );
      return rowId;
    },
    wrongCodes: async (workspaceId, who) => {
      const row = await guarded(() => linkAttempts.findOne({ _id: who, workspaceId }));
      return row?.events.length ?? 0;
    },
    countWrongCode: async (workspaceId, who, eventRowId) => {
      const counting = {
        $addToSet: { events: eventRowId },
        $setOnInsert: { expireAt: new Date(now().getTime() + attemptsKeptMs) },
      };
      await guarded(() =>
        upserting(() =>
          linkAttempts.updateOne({ _id: who, workspaceId }, counting, { upsert: true }),
        ),
      );
    },
  };
};

/** Longer than the quarter of an hour that they count for. */
const attemptsKeptMs = 1_800_000;

const guarded = async <Value>(call: () => Promise<Value>): Promise<Value> => {
  try {
    return await call();
  } catch (error) {
    throw asStoreFailure(error);
  }
};

const toLink = ({ _id, ...row }: LineLinkRow): OpenLink => ({ id: _id, ...row });
