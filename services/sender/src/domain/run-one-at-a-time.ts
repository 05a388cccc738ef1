/**
 * Runs work for a key once at a time. Whoever asks while it runs shares one more run after it: many wishes become few
 * runs, and each is followed by a run that began after it.
 */
export const runOneAtATime = (
  work: (key: string) => Promise<void>,
  onError: (key: string, error: unknown) => void,
): ((key: string) => void) => {
  const wishes = new Map<string, boolean>();
  const run = async (key: string): Promise<void> => {
    do {
      wishes.set(key, false);
      try {
        await work(key);
      } catch (error) {
        onError(key, error);
      }
    } while (wishes.get(key) === true);
    wishes.delete(key);
  };
  return (key) => {
    if (wishes.has(key)) wishes.set(key, true);
    else void run(key);
  };
};
