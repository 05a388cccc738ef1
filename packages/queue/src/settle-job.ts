import { DelayedError, type Job, UnrecoverableError } from "bullmq";

import { type DeadLetter, letterIdOf, letterOf } from "./dead-letter.ts";
import type { JobHandler } from "./handler-of.ts";
import { jobRef } from "./job-ref.ts";
import type { Log, QueueMetrics } from "./log.ts";
import { runJob, type Verdict } from "./run-job.ts";

export interface SettlerOptions {
  readonly queue: string;
  readonly handlers: ReadonlyMap<string, JobHandler>;
  readonly timeoutMs: number;
  readonly closing: AbortSignal;
  readonly log: Log;
  readonly deadLetter: (letter: DeadLetter) => Promise<void>;
  readonly metrics: QueueMetrics | undefined;
}

export interface Settler {
  /** Runs a job and tells BullMQ what becomes of it, in BullMQ's way: by what it throws. */
  readonly settle: (job: Job, token: string, signal: AbortSignal) => Promise<void>;
  readonly underWay: () => number;
  /** `performance.now()` of the last job taken. */
  readonly lastTaken: () => number;
}

const letterRetryMs = 5_000;

export const createSettler = (options: SettlerOptions): Settler => {
  const measure = measureJobs(options.metrics);
  let underWay = 0;
  let lastTaken = performance.now();

  const settle = async (job: Job, token: string, signal: AbortSignal): Promise<void> => {
    const startedAt = performance.now();
    let cause: unknown;
    const verdict = await runJob(job, signal, { ...options, onError: (error) => (cause = error) });
    const durationMs = performance.now() - startedAt;

    measure({ queue: options.queue, name: knownName(job, options), verdict, durationMs });
    report({ options, job, verdict, durationMs, cause });
    await carryOut(verdict, { job, token, options });
  };

  return {
    settle: async (job, token, signal) => {
      underWay += 1;
      lastTaken = performance.now();
      try {
        await settle(job, token, signal);
      } finally {
        underWay -= 1;
        lastTaken = performance.now();
      }
    },
    underWay: () => underWay,
    lastTaken: () => lastTaken,
  };
};

const carryOut = async (
  verdict: Verdict,
  { job, token, options }: { job: Job; token: string; options: SettlerOptions },
): Promise<void> => {
  // The contract decides, not what the producer wrote: campaign systems put jobs here with options of their own.
  job.opts.removeOnComplete = true;
  job.opts.removeOnFail = true;
  job.opts.stackTraceLimit = 0;
  job.opts.attempts = 1; // a script of BullMQ's fails where it is no number
  switch (verdict.kind) {
    case "done":
    case "obsolete":
      return;
    case "later":
      return delay(job, token, verdict.delayMs);
    case "retry": {
      const contract = options.handlers.get(job.name)?.contract;
      job.opts.attempts = contract?.attempts ?? 1;
      job.opts.backoff = { type: "contract", delay: contract?.backoffMs ?? 1_000 };
      throw new Error(verdict.code); // Redis keeps the message, so it is only the code
    }
    case "dead": {
      const kept = await keepLetter(letterOf(job, options.queue, verdict), options);
      if (!kept) return delay(job, token, letterRetryMs);
      throw new UnrecoverableError(verdict.code);
    }
  }
};

const delay = async (job: Job, token: string, delayMs: number): Promise<never> => {
  await job.moveToDelayed(Date.now() + delayMs, token);
  throw new DelayedError();
};

/** A payload that the database refuses must not keep its letter from being written. */
const keepLetter = async (
  letter: DeadLetter,
  { deadLetter, log }: SettlerOptions,
): Promise<boolean> => {
  for (const attempt of [letter, { ...letter, payload: null }]) {
    try {
      await deadLetter(attempt);
      return true;
    } catch (error) {
      log.warn(
        { err: error, queue: letter.queue, deadLetterId: letter.id },
        "a dead letter was not kept",
      );
    }
  }
  return false;
};

const knownName = (job: Job, { handlers }: SettlerOptions): string =>
  handlers.has(job.name) ? job.name : "(unknown)";

const report = ({
  options,
  job,
  verdict,
  durationMs,
  cause,
}: {
  options: SettlerOptions;
  job: Job;
  verdict: Verdict;
  durationMs: number;
  cause: unknown;
}): void => {
  const line = {
    queue: options.queue,
    job: knownName(job, options),
    jobRef: jobRef(job.id),
    attempt: job.attemptsMade + 1,
    outcome: verdict.kind,
    ...("code" in verdict ? { code: verdict.code } : {}),
    ...(verdict.kind === "dead" ? { deadLetterId: letterIdOf(job, options.queue) } : {}),
    durationMs: Math.round(durationMs * 10) / 10,
  };
  if (!("code" in verdict)) options.log.debug(line, "job");
  else if (verdict.kind === "later") options.log.info(line, "job");
  else options.log.warn({ ...line, err: cause }, "job");
};

const measureJobs = (metrics: QueueMetrics | undefined) => {
  const counted = metrics?.counter({
    name: "yubin_jobs_total",
    help: "Tries of jobs, by what became of them.",
    labels: ["queue", "job", "outcome"],
  });
  const durations = metrics?.histogram({
    name: "yubin_job_duration_seconds",
    help: "How long one try of a job took.",
    labels: ["queue", "job"],
  });
  return (one: { queue: string; name: string; verdict: Verdict; durationMs: number }): void => {
    const { queue, name, verdict, durationMs } = one;
    counted?.inc({ queue, job: name, outcome: verdict.kind });
    durations?.observe({ queue, job: name }, durationMs / 1_000);
  };
};
