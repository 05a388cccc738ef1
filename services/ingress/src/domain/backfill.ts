import { Failure } from "@yubin/errors";
import type { BackfillState, BackfillView } from "@yubin/types";

/** An import of a channel's followers, as identity gets on with it. */
export interface Backfill {
  readonly id: string;
  readonly workspaceId: string;
  readonly channelId: string;
  /** Counts a channel's imports from 1. */
  readonly seq: number;
  readonly dryRun: boolean;
  readonly state: BackfillState;
  readonly reason: string | null;
  readonly pages: number;
  readonly found: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

export interface Backfills {
  find(workspaceId: string, backfillId: string): Promise<Backfill | undefined>;
  /** In the order in which they were started, after that number. */
  list(
    channel: { readonly workspaceId: string; readonly channelId: string },
    page: { after: number; limit: number },
  ): Promise<Backfill[]>;
  findLast(workspaceId: string, channelId: string): Promise<Backfill | undefined>;
  /** False where one of its id, or its number, is there already. */
  insert(backfill: Backfill): Promise<boolean>;
  /** Undefined where it does not run any more. */
  cancel(backfill: Backfill, now: Date): Promise<Backfill | undefined>;
}

/** Another workspace's is as absent as one that never was. */
export const findBackfill = async (
  backfills: Backfills,
  workspaceId: string,
  backfillId: string | undefined,
): Promise<Backfill> => {
  const backfill = await backfills.find(workspaceId, backfillId ?? "");
  if (!backfill) throw new Failure("not_found", "no such backfill");
  return backfill;
};

export const backfillView = (backfill: Backfill): BackfillView => ({
  id: backfill.id,
  channelId: backfill.channelId,
  dryRun: backfill.dryRun,
  state: backfill.state,
  reason: backfill.reason,
  action: actionFor(backfill),
  pages: backfill.pages,
  found: backfill.found,
  created: backfill.created,
  updated: backfill.updated,
  unchanged: backfill.unchanged,
  startedAt: backfill.startedAt.toISOString(),
  endedAt: backfill.endedAt?.toISOString() ?? null,
});

const newToken =
  "LINE refuses the channel's token: give a valid one with POST /v1/channels/:id/credentials, then start it again.";

/** What a person can do about each reason. */
const actions: Readonly<Record<string, string>> = {
  "line.forbidden":
    "LINE lists followers of verified and premium accounts only. Have the account verified and start it again; without, people become known by webhook as they follow, write or tap.",
  "line.unauthorized": newToken,
  token_invalid: newToken,
  secret_invalid: newToken,
  "line.refused": "LINE refuses the request; look at the channel's health, then start it again.",
  "line.rate_limited": "Nothing: it goes on by itself once LINE allows it.",
  "line.quota_exhausted": "Nothing: it goes on by itself once LINE allows it.",
  "line.unavailable": "Nothing: it goes on by itself once LINE answers.",
  listing_expired: "LINE forgot the place in its list again and again. Start it again later.",
  listing_endless: "LINE's list did not come to an end. Start it again later.",
  channel_unknown: "The channel is not connected any more. Connect it and start a new one.",
  internal: "A fault of ours, which the logs of identity tell more about.",
};

const actionFor = ({ state, reason }: Backfill): string | null =>
  reason === null || state === "done" || state === "cancelled" ? null : (actions[reason] ?? null);
