import { Liquid, LiquidError, Tag, type Context, type Template } from "liquidjs";

import { guardOutputs } from "./guard-outputs.ts";

/** Where values go and what becomes of missing ones. */
export interface EngineRules {
  /** In a `textV2` braces mean something to LINE, so values must not bring any. */
  readonly escapesBraces: boolean;
  /** Stops at the first printed value that is missing. */
  readonly needsValues: boolean;
}

/** In what liquidjs counts: items of ranges and lists, characters that filters make. */
const memoryMax = 100_000;

/** LiquidJS as it is allowed here. Read by processes that have to start fast, so it knows no other package. */
export const createEngine = ({ escapesBraces, needsValues }: EngineRules) => {
  const liquid = new Liquid({
    outputEscape: escapesBraces ? escapeBraces : escapePlainly,
    ownPropertyOnly: true,
    strictFilters: true,
    memoryLimit: memoryMax,
    // The same words whatever machine renders them.
    timezoneOffset: 0,
    locale: "en-US",
    fs: noFiles,
    relativeReference: false,
    dynamicPartials: false,
  });
  for (const name of readingTags) liquid.registerTag(name, ForbiddenTag);
  // Its own way around `outputEscape` would let values bring braces.
  liquid.registerFilter("raw", (value: unknown) => value);

  return {
    parse: (template: string): Template[] => {
      const parsed = liquid.parse(template);
      if (needsValues) guardOutputs(parsed);
      return parsed;
    },
    /** Fails after `limitMs` by the clock, where Liquid gets to look at it. */
    render: (parsed: Template[], scope: object, limitMs: number): string =>
      // A copy, since `increment` writes into what it is given.
      String(liquid.renderSync(parsed, { ...scope }, { renderLimit: limitMs })),
  };
};

export type Engine = ReturnType<typeof createEngine>;

class ForbiddenTagError extends Error {
  override readonly name = "ForbiddenTagError";
}

export const isForbiddenTag = (error: unknown): boolean =>
  error instanceof ForbiddenTagError ||
  (LiquidError.is(error) && error.originalError instanceof ForbiddenTagError);

class ForbiddenTag extends Tag {
  constructor(...args: ConstructorParameters<typeof Tag>) {
    super(...args);
    throw new ForbiddenTagError("forbidden");
  }
  *render(): Generator<unknown, void> {}
}

const readingTags = ["include", "render", "layout", "block"];
const nothing = (): never => {
  throw new ForbiddenTagError("no files");
};
const noFiles = {
  exists: async () => false,
  existsSync: () => false,
  readFile: async () => nothing(),
  readFileSync: nothing,
  resolve: nothing,
};

/** Values as people read them: lists one after the other, nothing for what is not there or has no words. */
const words = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(words).join("");
  if (typeof value === "string") return value;
  return Number.isFinite(value) || typeof value === "boolean" ? String(value) : "";
};

/** What is printed counts like what filters make. */
const counted = (context: Context, text: string): string => {
  context.memoryLimit.use(text.length);
  return text;
};

function escapePlainly(this: { readonly context: Context }, value: unknown): string {
  return counted(this.context, words(value));
}

function escapeBraces(this: { readonly context: Context }, value: unknown): string {
  return counted(this.context, words(value)).replaceAll(/[{}]/g, "$&$&");
}
