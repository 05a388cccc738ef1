/**
 * Runs work for a key once at a time. Whoever asks while it runs shares one more run after it: many wishes become few
 * runs, and each is followed by a run that began after it.
 */
export const runOneAtATime = <Subject>(
  keyOf: (subject: Subject) => string,
  work: (subject: Subject) => Promise<void>,
  onError: (subject: Subject, error: unknown) => void,
): ((subject: Subject) => void) => {
  const wishes = new Map<string, boolean>();
  const run = async (key: string, subject: Subject): Promise<void> => {
    do {
      wishes.set(key, false);
      try {
        await work(subject);
      } catch (error) {
        onError(subject, error);
      }
    } while (wishes.get(key) === true);
    wishes.delete(key);
  };
  return (subject) => {
    const key = keyOf(subject);
    if (wishes.has(key)) wishes.set(key, true);
    else void run(key, subject);
  };
};
