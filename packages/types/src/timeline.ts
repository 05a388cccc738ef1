import type { PersonClickView } from "./clicks.ts";
import type { Outcome } from "./messages.ts";

/** Something of one person: what they or a caller told us, or a message that was sent to them. */
export type TimelineItem =
  | {
      readonly kind: "event";
      readonly id: string;
      readonly type: string;
      readonly source: "line" | "track" | "api";
      readonly at: string;
      readonly channelId: string | null;
      readonly state: string;
      readonly reason: string | null;
      /** Of a message; null where it has none. */
      readonly text: string | null;
      /** The person took the message back, so nothing of it is here. */
      readonly unsent: boolean;
      readonly details: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: "message";
      readonly type: "sent";
      /** Null where it was part of a campaign. */
      readonly messageId: string | null;
      readonly campaignId: string | null;
      readonly campaignName: string | null;
      /** In a campaign of variants: which one they are in, `control` or `unassigned`. */
      readonly variant: string | null;
      /** When it was asked for, or its campaign launched. */
      readonly at: string;
      readonly channelId: string;
      /** Null while it waits. */
      readonly outcome: Outcome | null;
      readonly reason: string | null;
      readonly settledAt: string | null;
      /**
       * What they followed in it, in the order in which they first did; null where they had no links of their own, and
       * where it is no longer known.
       */
      readonly clicks: readonly PersonClickView[] | null;
    };
