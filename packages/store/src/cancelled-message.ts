const minuteMs = 60_000;

/** A message that can be cancelled: nobody works on it, and LINE was asked for nothing. */
export const cancellable = {
  campaignId: null,
  state: "open",
  claim: null,
  calls: { $size: 0 },
} as const;

/** What ends it: the end of its person with all that is counted from that, as a sender would have written it. */
export const cancelledMessage = (now: Date) => {
  const [outcome, reason] = ["cancelled", "message_cancelled"] as const;
  return {
    $set: {
      "recipients.0.outcome": outcome,
      "recipients.0.reason": reason,
      "recipients.0.settledAt": now,
      "counts.queued": 0,
      "counts.cancelled": 1,
      reasons: [{ outcome, reason, count: 1 }],
      byMinute: [{ minute: Math.floor(now.getTime() / minuteMs), outcome, count: 1 }],
      tried: true,
      state: "settled" as const,
      settledAt: now,
      nextAt: null,
    },
  };
};
