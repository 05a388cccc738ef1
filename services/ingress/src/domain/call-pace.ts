/** Lets each key do something so many times in a minute; true where it may once more. */
export type CallPace = (key: string) => boolean;

/** Kept by this process alone: a bound, not a count. Forgets everybody when a minute is over, so it never grows. */
export const createCallPace = (perMinute: number, now: () => number): CallPace => {
  let minute = 0;
  const counts = new Map<string, number>();
  return (key) => {
    const current = Math.floor(now() / 60_000);
    if (current !== minute) {
      minute = current;
      counts.clear();
    }
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count <= perMinute;
  };
};
