import { lineMonth } from "./clock.ts";

/** What a channel's plan allows in a month. */
export type Plan = { readonly type: "none" } | { readonly type: "limited"; readonly value: number };

/** Counts the billed messages of each channel in the current month of Japan. */
export interface Quota {
  usage(channelId: string): number;
  /** Whether the plan still has room for this many recipients. */
  hasRoom(
    channel: { readonly channelId: string; readonly plan: Plan },
    recipients: number,
  ): boolean;
  spend(channelId: string, recipients: number): void;
}

/** Opens a count at zero; a new month starts from zero again. */
export function createQuota(now: () => number): Quota {
  let month = lineMonth(now());
  let checkedAtMs = now();
  const used = new Map<string, number>();

  const usage = (channelId: string): number => {
    // The month is looked at once a second at most: this stands in the path of every push.
    if (now() - checkedAtMs >= 1_000) {
      checkedAtMs = now();
      const current = lineMonth(checkedAtMs);
      if (current !== month) used.clear();
      month = current;
    }
    return used.get(channelId) ?? 0;
  };
  return {
    usage,
    hasRoom: ({ channelId, plan }, recipients) =>
      plan.type === "none" || recipients === 0 || usage(channelId) + recipients <= plan.value,
    spend: (channelId, recipients) => {
      used.set(channelId, usage(channelId) + recipients);
    },
  };
}
