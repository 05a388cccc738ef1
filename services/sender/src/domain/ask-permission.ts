import { peoplePerMinute } from "@yubin/types";

import type { Batch, Call } from "./batch.ts";
import { probeCalls } from "./judge-errors.ts";
import type { Slice } from "./next-slice.ts";
import type { Campaigns, Channel, GiveBack, Pacer, Slots } from "./ports.ts";
import { byVariant } from "./variants.ts";

/** What may go, and when: calls that were made before, or people for whom nothing was tried. */
export type Permitted = { readonly slots: Slots } & (
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
  }: {
    readonly slice: Exclude<Slice, { kind: "later" }>;
    readonly channel: Channel;
    /** Of people: their message is to go as a reply. */
    readonly asReply?: boolean;
  },
): Promise<Permission> => {
  const { method } = batch;
  const urgency = batch.campaignId === null ? "single" : "bulk";
  if (slice.kind === "calls") {
    const of = slice.calls[0]?.method ?? method;
    const calls = slice.calls.filter((call) => call.method === of);
    const asked = { calls: calls.length, urgency } as const;
    const { granted, waitMs, ...slots } = await pacer.reserve(channel, of, asked);
    if (granted === 0) return { kind: "wait", ms: waitMs };
    return { kind: "calls", calls: calls.slice(0, granted), slots };
  }
  const some = await firstOf(campaigns, batch, slice.indexes);
  const throttled = await throttle({ pacer, campaigns }, batch, some);
  if (throttled.kind === "wait") return throttled;
  const { indexes, giveBack } = throttled;
  // One multicast carries the words of one variant.
  const calls =
    method === "push" ? indexes.map((index) => [index]) : byVariant(batch.recipients, indexes);
  const asked = { calls: calls.length, urgency } as const;
  const { granted, waitMs, ...slots } = await pacer.reserve(
    channel,
    asReply ? "reply" : method,
    asked,
  );
  const granting = calls.slice(0, granted).flat();
  await giveBack(indexes.length - granting.length);
  if (granted === 0) return { kind: "wait", ms: waitMs };
  return { kind: "people", indexes: granting, giveBack, slots };
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
