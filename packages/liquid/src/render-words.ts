import { createFairTurns } from "./fair-turns.ts";
import { createRenderProcess, type RenderProcess } from "./render-processes.ts";
import type { Turn, Words } from "./render-turn.ts";

/** The same texts for many people. */
export interface WordsRequest extends Pick<Turn, "texts" | "missing" | "scopes"> {
  /** Who takes turns with others. */
  readonly tenant: string;
}

export interface WordsRenderer {
  /** In the order of the scopes; undefined for whom there was no time. Never rejects. */
  render(request: WordsRequest): Promise<readonly (Words | undefined)[]>;
  close(): void;
}

/** What a renderer is given at once: few enough to be given again, one by one, when it dies on one of them. */
const turnScopesMax = 50;
/** Characters of the values in them, or it could run out of memory through nobody's fault. */
const turnValueCharsMax = 2_000_000;
/** More requests than all jobs of a process together have: whoever comes then has no time either. */
const waitingMax = 1_000;

interface Work extends WordsRequest {
  readonly words: (Words | undefined)[];
  /** Places of scopes that are not rendered yet. */
  rest: readonly number[];
  /** Those of them among whom somebody was whom a renderer died on: each has a turn alone. */
  suspects: readonly number[];
  timer: NodeJS.Timeout;
  /** No more turns, whatever is left. */
  over: boolean;
  readonly end: (words: readonly (Words | undefined)[]) => void;
}

/** Gives turns on a few renderers to whoever has something to render. They are started when they are needed. */
export const createWordsRenderer = (processes: number, budgetMs: number): WordsRenderer => {
  const turns = createFairTurns<Work>();
  const renderers = Array.from({ length: processes }, createRenderProcess);
  const idle = [...renderers];
  let closed = false;

  const finish = (work: Work): void => {
    clearTimeout(work.timer);
    work.end(work.words);
  };
  const serve = async (renderer: RenderProcess): Promise<void> => {
    for (let work = turns.take(); work; work = turns.take()) {
      await takeTurn(renderer, work);
      const isDone = work.rest.length + work.suspects.length === 0;
      if (isDone || work.over || closed) finish(work);
      else turns.add(work);
    }
    idle.push(renderer);
  };

  return {
    render: async (request) => {
      if (closed || turns.waiting >= waitingMax) return request.scopes.map(() => undefined);
      return new Promise((resolve) => {
        const work: Work = {
          ...request,
          words: request.scopes.map(() => undefined),
          rest: [...request.scopes.keys()],
          suspects: [],
          over: false,
          end: resolve,
          timer: setTimeout(() => {
            work.over = true;
            if (turns.remove(work)) finish(work);
          }, budgetMs),
        };
        turns.add(work);
        const renderer = idle.pop();
        if (renderer) void serve(renderer);
      });
    },
    close: () => {
      closed = true;
      for (const work of turns.clear()) finish(work);
      for (const renderer of renderers) renderer.close();
    },
  };
};

const takeTurn = async (renderer: RenderProcess, work: Work): Promise<void> => {
  const { texts, missing, scopes, words } = work;
  const [suspect] = work.suspects;
  const places = suspect === undefined ? fitting(work) : [suspect];
  const end = await renderer.run({
    texts,
    missing,
    scopes: places.map((place) => scopes[place] ?? {}),
  });
  if (end.kind === "closed") return;
  if (end.kind === "rendered")
    for (const [index, ofOne] of end.words.entries()) words[places[index] ?? 0] = ofOne;
  else if (suspect === undefined) work.suspects = places;
  else words[suspect] = { failed: end.of };
  work.suspects = work.suspects.filter((place) => words[place] === undefined);
  work.rest = work.rest.filter(
    (place) => words[place] === undefined && !work.suspects.includes(place),
  );
};

const fitting = ({ rest, scopes }: Work): readonly number[] => {
  let left = turnValueCharsMax;
  let data: unknown;
  const places = rest.slice(0, turnScopesMax);
  const beyond = places.findIndex((place, index) => {
    const scope = scopes[place] as { readonly data?: unknown };
    // The same data for everybody is given once.
    left -= charsIn(scope) - (scope.data === data ? charsIn(data) : 0);
    ({ data } = scope);
    return index > 0 && left < 0;
  });
  return beyond === -1 ? places : places.slice(0, beyond);
};

const charsIn = (value: unknown): number => {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 8;
  let chars = 0;
  for (const [key, item] of Object.entries(value)) chars += key.length + charsIn(item);
  return chars;
};
