import { Failure, type FailureCode } from "@yubin/errors";

/**
 * Runs `fn` for at most `ms`: then its signal is aborted and the call fails with `code`, whether `fn` listens or not.
 */
export const withDeadline = async <Value>(
  ms: number,
  fn: (signal: AbortSignal) => Promise<Value>,
  code: FailureCode,
): Promise<Value> => {
  const deadline = new AbortController();
  const { promise: passed, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const failure = new Failure(code, `no answer within ${ms} ms`);
    deadline.abort(failure);
    reject(failure);
  }, ms);
  try {
    return await Promise.race([fn(deadline.signal), passed]);
  } finally {
    clearTimeout(timer);
  }
};
