import { Failure } from "@yubin/errors";
import { backfillRequest, idFrom, newId } from "@yubin/types";

import type { Backfill, Backfills } from "../domain/backfill.ts";
import type { Channels } from "../domain/channel.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { findChannel } from "./get-channel.ts";

export interface PostBackfillsDeps {
  readonly backfills: Backfills;
  readonly channels: Channels;
  /** Wakes identity; best effort, its sweeper finds the backfill anyway. */
  readonly backfill: (workspaceId: string, backfillId: string) => void;
  readonly now: () => Date;
}

/** Whoever was faster has taken the number: then theirs is running, or has ended that soon. */
const triesMax = 5;

/** Starts bringing in the followers of a channel; one at a time. */
export const postBackfills = (deps: PostBackfillsDeps): ApiRoute =>
  defineRoute({
    method: "post",
    path: "/v1/channels/:id/backfills",
    scope: "admin",
    creates: "yes",
    body: backfillRequest,
    handle: async ({ caller: { workspaceId }, params, body, idempotencyKey }) => {
      const channel = await findChannel(deps.channels, workspaceId, params["id"]);
      const asked = {
        id:
          idempotencyKey === undefined
            ? newId("backfill")
            : idFrom("backfill", workspaceId, idempotencyKey),
        workspaceId,
        channelId: channel.id,
        dryRun: body.dryRun ?? false,
      };
      await insert(deps, asked);
      deps.backfill(workspaceId, asked.id);
      return { status: 202, body: { id: asked.id } };
    },
  });

type Asked = Pick<Backfill, "id" | "workspaceId" | "channelId" | "dryRun">;

const insert = async ({ backfills, now }: PostBackfillsDeps, asked: Asked): Promise<void> => {
  for (let attempt = 0; attempt < triesMax; attempt += 1) {
    if (await isThere(backfills, asked)) return;
    const last = await backfills.findLast(asked.workspaceId, asked.channelId);
    if (last?.state === "running") throw running(`${last.id} is running for this channel`);
    const started = {
      state: "running",
      reason: null,
      pages: 0,
      found: 0,
      created: 0,
      updated: 0,
      unchanged: 0,
      startedAt: now(),
      endedAt: null,
    } as const;
    if (await backfills.insert({ ...asked, ...started, seq: (last?.seq ?? 0) + 1 })) return;
  }
  throw running("others keep being started for this channel");
};

const running = (message: string): Failure => new Failure("backfill_running", message);

/** An earlier try under the same key may have got that far. */
const isThere = async (backfills: Backfills, asked: Asked): Promise<boolean> => {
  const earlier = await backfills.find(asked.workspaceId, asked.id);
  if (!earlier) return false;
  if (earlier.channelId === asked.channelId && earlier.dryRun === asked.dryRun) return true;
  throw new Failure("idempotency_mismatch", "another backfill was started under this key");
};
