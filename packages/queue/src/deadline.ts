import { Failure } from "@yubin/errors";

/** Fails with `queue.unavailable` at the deadline, and where Redis itself says no. */
export const withinDeadline = async <Value>(
  ms: number,
  work: () => Promise<Value>,
): Promise<Value> => {
  const { promise: passed, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(unavailable(`Redis did not answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([work(), passed]);
  } catch (error) {
    throw error instanceof Failure ? error : unavailable("Redis did not take it", error);
  } finally {
    clearTimeout(timer);
  }
};

export const unavailable = (message: string, cause?: unknown): Failure =>
  new Failure("queue.unavailable", message, { retryAfterMs: 1_000, cause });

/** Resolves to whether `work` was done in time; never rejects. */
export const doneWithin = async (ms: number, work: Promise<unknown>): Promise<boolean> => {
  const { promise: passed, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ms);
  const done = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([done, passed]);
  } finally {
    clearTimeout(timer);
  }
};
