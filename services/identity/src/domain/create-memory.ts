export interface RememberOptions {
  readonly forMs: number;
  readonly entriesMax: number;
  readonly clock: () => number;
}

/**
 * Remembers what a slow question was answered, for a while and for so many keys; those who ask at the same time share
 * one answer, and a failure is not remembered.
 */
export const createMemory = <Value>({ forMs, entriesMax, clock }: RememberOptions) => {
  const answers = new Map<string, { until: number; answer: Promise<Value> }>();
  return (key: string, ask: () => Promise<Value>): Promise<Value> => {
    const known = answers.get(key);
    if (known && known.until > clock()) return known.answer;
    const answer = ask();
    answers.delete(key);
    answers.set(key, { until: clock() + forMs, answer });
    const oldest = answers.size > entriesMax ? answers.keys().next().value : undefined;
    if (oldest !== undefined) answers.delete(oldest);
    answer.catch(() => {
      if (answers.get(key)?.answer === answer) answers.delete(key);
    });
    return answer;
  };
};
