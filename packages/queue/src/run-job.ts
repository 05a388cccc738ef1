import { asFailure, Failure, type FailureCode } from "@yubin/errors";
import type { Job } from "bullmq";

import type { JobEnd, JobHandler } from "./handler-of.ts";
import { judgePayload } from "./judge-payload.ts";
import { faultOf } from "./mend-job.ts";

/** What becomes of a job. */
export type Verdict =
  | { readonly kind: "done" | "obsolete" }
  | { readonly kind: "dead"; readonly code: FailureCode; readonly reason: string }
  | { readonly kind: "later"; readonly code: FailureCode; readonly delayMs: number }
  | { readonly kind: "retry"; readonly code: FailureCode };

export interface RunJobOptions {
  readonly handlers: ReadonlyMap<string, JobHandler>;
  /** Then the handler's signal is aborted, and the job is tried again a little later if it does not stop. */
  readonly timeoutMs: number;
  /** Aborted when the process ends. */
  readonly closing: AbortSignal;
  /** Told the error behind a verdict. */
  readonly onError: (error: unknown) => void;
}

const laterMs = 5_000;
const newerVersionDelayMs = 30_000;
/** A version that no worker has learnt in a day is a mistake. */
const newerVersionAgeMaxMs = 86_400_000;
/** A healthy job loses its worker now and then; this one takes them down. */
const stallsMax = 100;
const abortGraceMs = 5_000;

/** Runs one job and turns whatever happens into a verdict; never throws. */
export const runJob = async (
  job: Job,
  signal: AbortSignal,
  options: RunJobOptions,
): Promise<Verdict> => {
  const fault = faultOf(job.opts);
  if (fault !== undefined) {
    const reason = `${fault}: not as BullMQ writes it`;
    return { kind: "dead", code: "payload_invalid", reason };
  }
  const handler = options.handlers.get(job.name);
  if (!handler) return { kind: "dead", code: "job_unknown", reason: "no handler of this name" };

  const judged = judgePayload(handler.contract.schema, job.data);
  if (judged.kind === "newer") return newerVerdict(job);
  if (judged.kind === "misfit") return { ...judged, kind: "dead" };
  if (job.stalledCounter > stallsMax) {
    const reason = `its worker was lost more than ${stallsMax} times while it ran`;
    return { kind: "dead", code: "internal", reason };
  }
  try {
    const end = await runWithin(handler, judged.payload, { job, signal, options });
    return { kind: end ?? "done" };
  } catch (error) {
    options.onError(error);
    if (options.closing.aborted) return { kind: "later", code: "internal", delayMs: 0 };
    return verdictOf(asFailure(error), job, handler);
  }
};

const newerVerdict = (job: Job): Verdict =>
  Date.now() - job.timestamp > newerVersionAgeMaxMs
    ? { kind: "dead", code: "version_unsupported", reason: "v: no worker has known it for a day" }
    : { kind: "later", code: "version_unsupported", delayMs: newerVersionDelayMs };

const verdictOf = (failure: Failure, job: Job, handler: JobHandler): Verdict => {
  const { code, retry } = failure;
  if (retry === "never") return { kind: "dead", code, reason: failure.message };
  if (retry === "later") return { kind: "later", code, delayMs: failure.retryAfterMs ?? laterMs };

  const { attempts } = handler.contract;
  if (job.attemptsMade + 1 < attempts) return { kind: "retry", code };
  return { kind: "dead", code, reason: `gave up after ${attempts} attempts` };
};

/** A handler that does not listen to its signal is left behind: no job stays active for ever. */
const runWithin = async (
  handler: JobHandler,
  payload: unknown,
  { job, signal, options }: { job: Job; signal: AbortSignal; options: RunJobOptions },
): Promise<JobEnd> => {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort(signal.reason);
  signal.addEventListener("abort", onSignal, { once: true });
  if (signal.aborted) onSignal();
  const { promise: left, reject } = Promise.withResolvers<never>();
  const late = (): Failure =>
    new Failure("internal", `the job took longer than ${options.timeoutMs} ms`);
  const timers = [
    setTimeout(() => stop.abort(late()), options.timeoutMs),
    setTimeout(() => reject(late()), options.timeoutMs + abortGraceMs),
  ];
  const context = {
    signal: stop.signal,
    attempt: job.attemptsMade + 1,
    jobId: job.id ?? "",
    timesLost: job.stalledCounter,
  };
  try {
    return await Promise.race([handler.run(payload, context), left]);
  } finally {
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener("abort", onSignal);
  }
};
