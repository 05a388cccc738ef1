import type { BatchRow, EventRow } from "@yubin/store";
import type { MergeView, ProfileView } from "@yubin/types";

import { until } from "../stack/until.ts";
import type { BenchWorld } from "./bench-world.ts";

const deliveries = 100_000;
const samples = 40;
const insertSize = 2_000;

/** How long merges take, from the decision to the closed journal, for people with little and with much behind them. */
export const mergeTimes = async (world: BenchWorld) => {
  const short = await survivor(world, "short", 10);
  const long = await survivor(world, "long", deliveries);
  // In turns, so that whatever else the machine does is shared out.
  const times: Record<string, number[]> = { short: [], long: [] };
  for (let n = 0; n < samples; n += 1)
    for (const who of n % 2 === 0 ? (["short", "long"] as const) : (["long", "short"] as const))
      times[who]?.push(await mergeInto(world, who === "short" ? short : long, `${who}-${n}`));
  return { shortMs: median(times["short"]), longMs: median(times["long"]), deliveries };
};

const median = (values: readonly number[] = []): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;

/** Somebody with so many messages written and received. */
const survivor = async (world: BenchWorld, name: string, count: number): Promise<string> => {
  const profileId = await person(world, `survivor-${name}`);
  for (let from = 0; from < count; from += insertSize) {
    const numbers = Array.from({ length: Math.min(insertSize, count - from) }, (_, n) => from + n);
    await world.store.events.insertMany(numbers.map((n) => said(world, profileId, n)));
    await world.store.batches.insertMany(numbers.map((n) => sent(world, profileId, n)));
  }
  return profileId;
};

const person = async ({ api }: BenchWorld, userId: string): Promise<string> => {
  await api.post("/v1/identify", { userId, traits: { plan: "free" } });
  const { id } = await until(
    () => api.get<ProfileView>(`/v1/profiles/user:${userId}`).catch(() => undefined),
    { what: `the profile of ${userId}`, timeoutMs: 30_000, everyMs: 20 },
  );
  return id;
};

const mergeInto = async (world: BenchWorld, profileId: string, name: string): Promise<number> => {
  await person(world, `other-${name}`);
  const { id } = await world.api.post<MergeView>("/v1/merges", {
    from: `user:other-${name}`,
    into: profileId,
  });
  const row = await world.store.merges.findOne({ _id: id ?? "" });
  if (!row?.doneAt) throw new Error("the merge is not done");
  return row.doneAt.getTime() - row.startedAt.getTime();
};

const said = ({ workspaceId, channelId }: BenchWorld, profileId: string, n: number): EventRow => {
  const at = new Date(Date.now() - n * 1_000);
  const eventId = `${profileId}-${n}`;
  return {
    _id: `${channelId}/${eventId}`,
    workspaceId,
    channelId,
    source: "line",
    type: "message",
    eventId,
    occurredAt: at,
    receivedAt: at,
    state: "applied",
    reason: null,
    lineUserId: null,
    profileId,
    appliedAt: at,
    nextAt: null,
    body: { message: { id: String(n), type: "text", text: "hello" } },
    hash: "0",
    expireAt: new Date(Date.now() + 86_400_000),
  };
};

const sent = ({ workspaceId, channelId }: BenchWorld, profileId: string, n: number): BatchRow => {
  const at = new Date(Date.now() - n * 1_000);
  const none = { queued: 0, refused: 0, skipped: 0, cancelled: 0, unknown: 0 };
  return {
    _id: `msg_${profileId}_${n}`,
    workspaceId,
    channelId,
    campaignId: null,
    seq: 0,
    state: "settled",
    endOfPlan: false,
    planCursor: null,
    method: "push",
    recipients: [{ ref: profileId, profileId, outcome: "accepted", settledAt: at }],
    calls: [],
    counts: { audience: 1, accepted: 1, ...none },
    reasons: [],
    content: { messages: [] },
    purpose: null,
    sendAt: null,
    claim: null,
    nextAt: null,
    createdAt: at,
    settledAt: at,
  };
};
