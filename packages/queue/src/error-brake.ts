/** Stops a worker for a moment when it does nothing but fail: with a full Redis it would fail thousands of times a second. */
export const createErrorBrake = ({
  rest,
  goOn,
  onError,
  errorsMax = 20,
  windowMs = 1_000,
  restMs = 1_000,
}: {
  readonly rest: () => Promise<void>;
  readonly goOn: () => Promise<void>;
  readonly onError: (error: unknown) => void;
  readonly errorsMax?: number;
  readonly windowMs?: number;
  readonly restMs?: number;
}): { note(): void; close(): void } => {
  let errors = 0;
  let windowStart = 0;
  let resting: NodeJS.Timeout | undefined;

  return {
    note: () => {
      const now = performance.now();
      if (now - windowStart > windowMs) [windowStart, errors] = [now, 0];
      errors += 1;
      if (errors < errorsMax || resting) return;
      rest().catch(onError);
      resting = setTimeout(() => {
        resting = undefined;
        errors = 0;
        goOn().catch(onError);
      }, restMs);
    },
    close: () => clearTimeout(resting),
  };
};
