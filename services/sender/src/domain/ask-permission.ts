import { peoplePerMinute } from "@yubin/types";

import type { Batch, Call, Method } from "./batch.ts";
import { probeCalls } from "./judge-errors.ts";
import type { Slice } from "./next-slice.ts";
import type { Campaigns, Channel, GiveBack, Pacer, Slot } from "./ports.ts";
import { byVariant } from "./variants.ts";

/** What may go, and when: calls that were made before, or people for whom nothing was tried. */
export type Permitted = { readonly method: Method; readonly slots: readonly Slot[] } & (
  | { readonly kind: "calls"; readonly calls: readonly Call[] }
  | {
      readonly kind: "people";
      readonly indexes: readonly number[];
      /** Of the campaign's throttle, once it is known how many of them are not sent anything now. */
      readonly giveBack: GiveBack;
    }
);

export type Permission = Permitted | { readonly kind: "wait"; readonly ms: number };

/** So much of a minute's people go at once; the rest of the minute is as even as that. */
const throttleStepsPerMinute = 30;
/** Less than what a batch sleeps for: others of its campaign may go no sooner, so none takes its place. */
const throttleWaitMaxMs = 300_000;

/**
 * Asks what may go now: of a campaign by its own throttle, and then of the channel by LINE's limit, which all replicas
 * share. In this order, since what a throttle holds back must not cost others the channel.
 */
export const askPermission = async (
  { pacer, campaigns }: { readonly pacer: Pacer; readonly campaigns: Campaigns },
  batch: Batch,
  {
    slice,
    channel,
    asReply = false,
    leadMs,
  }: {
    readonly slice: Exclude<Slice, { kind: "later" }>;
    readonly channel: Channel;
    /** Of people: their message is to go as a reply. */
    readonly asReply?: boolean;
    /** How long it takes until people's calls can be made. */
    readonly leadMs: number;
  },
): Promise<Permission> => {
  const { method } = batch;
  const urgency = batch.campaignId === null ? "single" : "bulk";
  if (slice.kind === "calls") {
    const of = slice.calls[0]?.method ?? method;
    const calls = slice.calls.filter((call) => call.method === of);
    const asked = { calls: calls.length, urgency } as const;
    const { slots, waitMs } = await pacer.reserve(channel, of, asked);
    if (slots.length === 0) return { kind: "wait", ms: waitMs };
    return { kind: "calls", method: of, calls: calls.slice(0, slots.length), slots };
  }
  const some = await firstOf(campaigns, batch, slice.indexes);
  const throttled = await throttle({ pacer, campaigns }, batch, some);
  if (throttled.kind === "wait") return throttled;
  const { indexes, giveBack } = throttled;
  // One multicast carries the words of one variant.
  const calls =
    method === "push" ? indexes.map((index) => [index]) : byVariant(batch.recipients, indexes);
  const by = asReply ? "reply" : method;
  const asked = { calls: calls.length, urgency, afterMs: leadMs } as const;
  const reserved = pacer.reserve(channel, by, asked);
  const { slots, waitMs } = await reserved.catch(async (error: unknown) => {
    await giveBack(indexes.length);
    throw error;
  });
  const granted = calls.slice(0, slots.length).flat();
  await giveBack(indexes.length - granted.length);
  if (slots.length === 0) return { kind: "wait", ms: waitMs };
  return { kind: "people", method: by, indexes: granted, giveBack, slots };
};

/** Of a campaign of which it is not known yet whether LINE takes it: so few that little is lost where it does not. */
const firstOf = async (
  campaigns: Campaigns,
  { workspaceId, campaignId, method }: Batch,
  indexes: readonly number[],
): Promise<readonly number[]> => {
  if (campaignId === null || method === "multicast" || indexes.length <= probeCalls) return indexes;
  const isProven = await campaigns.isProven({ workspaceId, campaignId });
  return isProven ? indexes : indexes.slice(0, probeCalls);
};

type Throttled =
  | {
      readonly kind: "people";
      readonly indexes: readonly number[];
      readonly giveBack: GiveBack;
    }
  | { readonly kind: "wait"; readonly ms: number };

const throttle = async (
  { pacer, campaigns }: { readonly pacer: Pacer; readonly campaigns: Campaigns },
  { workspaceId, campaignId }: Batch,
  indexes: readonly number[],
): Promise<Throttled> => {
  const campaign =
    campaignId === null ? undefined : await campaigns.find({ workspaceId, campaignId });
  if (!campaign?.throttle) return { kind: "people", indexes, giveBack: async () => undefined };
  const perMinute = peoplePerMinute(campaign.throttle);
  const step = Math.max(1, Math.floor(perMinute / throttleStepsPerMinute));
  const some = indexes.slice(0, step);
  const { waitMs, giveBack } = await pacer.throttle(campaign.id, perMinute, some.length);
  if (waitMs > 0) return { kind: "wait", ms: Math.min(waitMs, throttleWaitMaxMs) };
  return { kind: "people", indexes: some, giveBack };
};
