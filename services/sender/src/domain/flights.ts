import type { Call } from "./batch.ts";
import type { Answer } from "./line-answer.ts";
import type { Channel } from "./ports.ts";

/** What LINE answered to a call, and under which circumstances it was made. */
export interface Landed {
  readonly call: Call;
  readonly answer: Answer;
  /** Whether this was the first time that the call was made. */
  readonly first: boolean;
  readonly channel: Channel;
  /** Which launch or resume had set the campaign going. */
  readonly run: number;
}

/** Resolves when calls without an answer have been waited for long enough. */
export type Patience = (signal: AbortSignal) => Promise<void>;

/** The calls of one batch that are under way: one that hangs holds up nobody else. */
export interface Flights {
  /** Their paths; nobody else may make these calls. */
  readonly paths: ReadonlySet<string>;
  begin(call: Call, landing: Promise<Landed>): void;
  /** The answers that are there once all calls are back, or once patience is over. */
  land(patience: Patience): Promise<readonly Landed[]>;
  /** All of them; a call to LINE ends within its deadline. */
  landAll(): Promise<readonly Landed[]>;
}

export const createFlights = (): Flights => {
  const paths = new Set<string>();
  let landed: Landed[] = [];
  const failures: unknown[] = [];
  let wake = (): void => undefined;

  const take = (): readonly Landed[] => {
    if (failures.length > 0) throw failures[0];
    const answers = landed;
    landed = [];
    for (const { call } of answers) paths.delete(call.path);
    return answers;
  };
  const allBack = async (): Promise<void> => {
    while (landed.length < paths.size && failures.length === 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      await promise;
    }
  };

  return {
    paths,
    begin: ({ path }, landing) => {
      paths.add(path);
      void landing
        .then(
          (one) => landed.push(one),
          (error: unknown) => failures.push(error),
        )
        .finally(() => wake());
    },
    land: async (patience) => {
      const waiting = new AbortController();
      await Promise.race([allBack(), patience(waiting.signal)]);
      waiting.abort();
      return take();
    },
    landAll: async () => {
      await allBack();
      return take();
    },
  };
};
