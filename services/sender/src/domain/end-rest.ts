import { endCalls } from "./apply-answer.ts";
import { endAll, waitingIn, type Batch, type End } from "./batch.ts";

export const cancelRest = (batch: Batch, now: Date): Batch =>
  endRest(batch, now, { outcome: "cancelled", reason: "campaign_cancelled" });

/** Whoever was not tried ends like this; of whoever was, nobody can know, as nothing is asked any more. */
export const endRest = (batch: Batch, now: Date, end: Pick<End, "outcome" | "reason">): Batch => {
  const rest = endAll(batch, waitingIn(batch), { ...end, settledAt: now });
  return endOpenCalls(rest, now, end.reason);
};

export const endOpenCalls = (batch: Batch, now: Date, reason: End["reason"]): Batch => {
  const end: End = {
    outcome: "unknown",
    settledAt: now,
    ...(reason === undefined ? {} : { reason }),
  };
  return endCalls(
    batch,
    batch.calls.map((call) => [call, end]),
  );
};

/** LINE may have forgotten these keys, so that the same call could reach people a second time. */
export const expireCalls = (
  batch: Batch,
  {
    now,
    flying,
    retryKeyUsableMs,
  }: { now: Date; flying: ReadonlySet<string>; retryKeyUsableMs: number },
): Batch => {
  const old = batch.calls.filter(
    ({ path, firstAttemptAt }) =>
      !flying.has(path) && now.getTime() - firstAttemptAt.getTime() > retryKeyUsableMs,
  );
  const end: End = { outcome: "unknown", reason: "retry_key_expired", settledAt: now };
  return endCalls(
    batch,
    old.map((call) => [call, end]),
  );
};
