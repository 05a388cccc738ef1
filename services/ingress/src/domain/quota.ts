import type { QuotaView } from "@yubin/types";

import type { Channel } from "./channel.ts";
import { channelToken, type ChannelTokenDeps } from "./channel-token.ts";
import type { LineAccount } from "./line-account.ts";

/** What LINE said about the month's messages. */
export interface Quota {
  readonly limit: number | null;
  readonly used: number;
  readonly fetchedAt: Date;
}

export interface Quotas {
  find(channel: Channel): Promise<Quota | undefined>;
  /** An older answer does not replace a newer one. */
  keep(channel: Channel, quota: Quota): Promise<void>;
  /** People of launched campaigns of this channel who are still to be sent something. */
  reserved(channel: Channel): Promise<number>;
}

export interface AskQuotaDeps extends ChannelTokenDeps {
  readonly line: ChannelTokenDeps["line"] & Pick<LineAccount, "quota" | "consumption">;
  readonly quotas: Quotas;
  readonly now: () => Date;
}

/** LINE's own numbers are behind by more than that. */
const freshMs = 60_000;

/** What LINE says, asked at most once a minute; while it cannot be asked, what it said last. */
const askQuota = async (deps: AskQuotaDeps, channel: Channel): Promise<Quota> => {
  const known = await deps.quotas.find(channel);
  const now = deps.now();
  if (known && now.getTime() - known.fetchedAt.getTime() < freshMs) return known;
  try {
    const token = await channelToken(deps, channel);
    const [limit, used] = await Promise.all([deps.line.quota(token), deps.line.consumption(token)]);
    const quota = { limit, used, fetchedAt: now };
    await deps.quotas.keep(channel, quota);
    return quota;
  } catch (error) {
    if (known) return known;
    throw error;
  }
};

/** The month as it stands, with what launched campaigns will need. */
export const monthOf = async (deps: AskQuotaDeps, channel: Channel): Promise<QuotaView> => {
  const [quota, reserved] = await Promise.all([
    askQuota(deps, channel),
    deps.quotas.reserved(channel),
  ]);
  return quotaView(quota, reserved);
};

const dayMs = 86_400_000;
/** LINE's days are those of Japan. */
const lineZoneMs = 9 * 3_600_000;

export const quotaView = ({ limit, used, fetchedAt }: Quota, reserved: number): QuotaView => {
  const forecast = Math.round(used / shareOfMonth(fetchedAt)) + reserved;
  return {
    limit,
    used,
    reserved,
    left: limit === null ? null : Math.max(0, limit - used - reserved),
    forecast,
    isShort: limit !== null && forecast > limit,
    fetchedAt: fetchedAt.toISOString(),
  };
};

/** How much of the month is over; at least a day, since the first hours tell nothing about the rest. */
const shareOfMonth = (moment: Date): number => {
  const local = new Date(moment.getTime() + lineZoneMs);
  const from = Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), 1);
  const to = Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + 1, 1);
  return Math.max(local.getTime() - from, dayMs) / (to - from);
};
