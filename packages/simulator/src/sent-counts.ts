import { lineDay } from "./clock.ts";
import type { SendEndpoint } from "./endpoints.ts";

/** How many messages a channel sent on a day, as LINE's statistics tell it. */
export interface SentCounts {
  add(channelId: string, endpoint: SendEndpoint, delivered: number): void;
  of(channelId: string, endpoint: SendEndpoint, day: string): DayCount;
}

/** LINE's answer for a day: today is not counted yet, and it began counting in 2018. */
export type DayCount =
  | { readonly status: "ready"; readonly success: number }
  | { readonly status: "unready" | "out_of_service" };

const firstDay = "20180331";

/** Opens counts at zero. */
export function createSentCounts(now: () => number): SentCounts {
  const counts = new Map<string, number>();
  let today = lineDay(now());
  let checkedAtMs = now();

  // Once a second is enough to notice a new day: this stands in the path of every push.
  const currentDay = (): string => {
    if (now() - checkedAtMs >= 1_000) {
      checkedAtMs = now();
      today = lineDay(checkedAtMs);
    }
    return today;
  };
  return {
    add: (channelId, endpoint, delivered) => {
      const name = `${channelId}/${endpoint}/${currentDay()}`;
      counts.set(name, (counts.get(name) ?? 0) + delivered);
    },
    of: (channelId, endpoint, day) => {
      if (day < firstDay) return { status: "out_of_service" };
      if (day >= currentDay()) return { status: "unready" };
      return { status: "ready", success: counts.get(`${channelId}/${endpoint}/${day}`) ?? 0 };
    },
  };
}
