import { Failure } from "@yubin/errors";
import { limits } from "@yubin/types";
import { Liquid, LiquidError, Tag, type Template } from "liquidjs";
import { LRUCache } from "lru-cache";

/** One text of Liquid, parsed. */
export interface ParsedTemplate {
  render(scope: object): string;
}

/** Parses a text, or takes it from the cache. Fails with `template_…`; the message says where, never what. */
export const parseTemplate = (
  template: string,
  { field, escapesBraces }: { readonly field: string; readonly escapesBraces: boolean },
): ParsedTemplate => {
  const engine = escapesBraces ? braceEscaping : plain;
  const parsed = engine.parse(template, field);
  return { render: (scope) => engine.render(parsed, scope) };
};

const createEngine = (outputEscape: (value: unknown) => string) => {
  const liquid = new Liquid({
    outputEscape,
    ownPropertyOnly: true,
    strictFilters: true,
    parseLimit: limits.templateChars,
    renderLimit: renderMaxMs,
    memoryLimit: memoryMax,
    // The same words whatever machine renders them.
    timezoneOffset: 0,
    locale: "en-US",
    fs: noFiles,
    relativeReference: false,
    dynamicPartials: false,
  });
  for (const name of readingTags) liquid.registerTag(name, ForbiddenTag);
  const cache = new LRUCache<string, Template[]>({
    max: cachedTemplatesMax,
    maxSize: cachedCharsMax,
    sizeCalculation: (_, template) => template.length + 1,
  });

  return {
    parse: (template: string, field: string): Template[] => {
      const cached = cache.get(template);
      if (cached) return cached;
      const parsed = parseOrFail(liquid, template, field);
      cache.set(template, parsed);
      return parsed;
    },
    render: (parsed: Template[], scope: object): string => String(liquid.renderSync(parsed, scope)),
  };
};

const parseOrFail = (liquid: Liquid, template: string, field: string): Template[] => {
  if (template.length > limits.templateChars)
    throw new Failure(
      "template_too_large",
      `a template has at most ${limits.templateChars} characters, given ${template.length}`,
      { field },
    );
  // What is nested thousands of levels deep takes seconds to parse, and the stack with it.
  if (template.split("{%").length > tagsMax)
    throw new Failure("template_syntax", `a template has at most ${tagsMax} tags`, { field });
  try {
    return liquid.parse(template);
  } catch (error) {
    const where = placeOf(error);
    throw isForbiddenTag(error)
      ? new Failure("template_tag_forbidden", `${where}: tags that read other templates`, { field })
      : new Failure("template_syntax", `${where}: the template does not parse`, {
          field,
          cause: error,
        });
  }
};

const placeOf = (error: unknown): string => {
  if (!LiquidError.is(error)) return "template";
  const [line, column] = error.token.getPosition();
  return `line ${line}, column ${column}`;
};

class ForbiddenTagError extends Error {
  override readonly name = "ForbiddenTagError";
}

const isForbiddenTag = (error: unknown): boolean =>
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
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
};

const renderMaxMs = 200;
/** In what liquidjs counts: items of ranges and lists, characters that filters make. */
const memoryMax = 100_000;
const tagsMax = 500;
const cachedTemplatesMax = 1_000;
const cachedCharsMax = 8_000_000;

const plain = createEngine(words);
const braceEscaping = createEngine((value) => words(value).replaceAll(/[{}]/g, "$&$&"));
