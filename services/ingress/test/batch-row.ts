import {
  packRecipients,
  trimmedOf,
  unknownPlaceOf,
  type BatchRow,
  type RecipientRow,
} from "@yubin/store";
import type { OutcomeCounts } from "@yubin/types";

/** A batch as the sender writes it: recipients with the counts that follow from them. */
export const batchRowOf = (
  of: { readonly campaignId: string; readonly seq: number; readonly channelId: string },
  recipients: readonly RecipientRow[],
  over: Partial<BatchRow> = {},
): BatchRow => {
  const counts = { audience: recipients.length, queued: 0, accepted: 0, refused: 0, skipped: 0 };
  const all: Record<keyof OutcomeCounts, number> = { ...counts, cancelled: 0, unknown: 0 };
  const reasons: BatchRow["reasons"] = [];
  for (const { outcome, reason } of recipients) {
    all[outcome ?? "queued"] += 1;
    if (outcome === undefined || reason === undefined) continue;
    const known = reasons.find((one) => one.outcome === outcome && one.reason === reason);
    if (known) known.count += 1;
    else reasons.push({ outcome, reason, count: 1 });
  }
  const { campaignId, seq, channelId } = of;
  const workspaceId = over.workspaceId ?? "ws_main";
  const _id = over._id ?? `${campaignId}/${String(seq).padStart(6, "0")}`;
  const unknownPlace = unknownPlaceOf({ _id, workspaceId }, recipients);
  const trimmed = trimmedOf({ workspaceId, campaignId }, reasons);
  const byMinute = recipients.flatMap(({ outcome, settledAt }) =>
    outcome && settledAt
      ? [{ minute: Math.floor(settledAt.getTime() / 60_000), outcome, count: 1 }]
      : [],
  );
  const packed = over.campaignId !== null;
  return {
    _id,
    workspaceId,
    channelId,
    campaignId,
    seq,
    state: "open",
    endOfPlan: false,
    planCursor: null,
    method: "multicast",
    recipients: packed ? [] : [...recipients],
    packed: packed ? packRecipients(recipients) : null,
    calls: [],
    counts: all,
    reasons,
    byMinute,
    ...(unknownPlace === undefined ? {} : { unknownPlace }),
    ...(trimmed === undefined ? {} : { trimmed }),
    content: null,
    purpose: null,
    sendAt: null,
    claim: null,
    nextAt: null,
    createdAt: new Date(),
    settledAt: null,
    ...over,
  };
};

export const at = new Date("2026-11-25T00:00:00.000Z");
export const accepted = (profileId: string): RecipientRow => ({
  profileId,
  lineUserId: `U${profileId.slice(-32)}`,
  outcome: "accepted",
  firstAttemptAt: at,
  settledAt: at,
  lineRequestId: "req-1",
  messageIds: ["468789577898262530"],
});
export const ended = (
  profileId: string,
  outcome: NonNullable<RecipientRow["outcome"]>,
  reason: string,
  settledAt = at,
): RecipientRow => ({ profileId, outcome, reason, settledAt });
