import { Failure } from "@yubin/errors";

const awayMs = 2_000;

/**
 * While MongoDB or Redis is away a job waits and spends no attempt: nothing is wrong with it, and nobody has to revive
 * it from the dead letters.
 */
export const patient = async <End>(
  { isAway }: { readonly isAway: (error: unknown) => boolean },
  work: () => Promise<End>,
): Promise<End> => {
  try {
    return await work();
  } catch (error) {
    if (!isAway(error)) throw error;
    throw new Failure("in_progress", "waits for the database or for Redis", {
      retryAfterMs: awayMs,
      cause: error,
    });
  }
};
