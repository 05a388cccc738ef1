import { createContext, Script } from "node:vm";

import { LiquidError, type Template } from "liquidjs";
import { LRUCache } from "lru-cache";

import { createEngine, type Engine, type EngineRules } from "./engine.ts";
import { MissingValueError } from "./guard-outputs.ts";

/** What a renderer is given at once: the same texts for several people. */
export interface Turn {
  readonly texts: readonly { readonly template: string; readonly escapesBraces: boolean }[];
  /** As in `MissingRule`, which lives where a renderer does not look. */
  readonly missing: "blank" | "skip";
  readonly scopes: readonly object[];
}

/** The words of one person's texts, in their order, or why there are none. */
export type Words =
  | readonly string[]
  | {
      readonly failed:
        | "missing_attribute"
        | "rendered_too_long"
        | "template_failed"
        | "template_memory"
        | "template_timeout";
      /** The path of the value that is missing. */
      readonly variable?: string;
    };

/** After this others get their turn; what is left comes again. */
const turnMs = 20;
const turnCharsMax = 1_000_000;
/** Of one person's texts, where Liquid itself looks at the time: a little less, since stopping it from outside costs more. */
const askedMs = 150;
/** Of one person's texts, wherever the time goes. */
const renderMaxMs = 200;
/**
 * Who was stopped with less than this on the processor, in all their tries together, did not have their time: the
 * machine stood still. Words that people mean to send need a hundredth of it.
 */
const ownMsMin = 75;
/** So often somebody is rendered anew whom the machine gave no time: within what a renderer may be silent for. */
const triesMax = 8;
/** No text of a message is longer, nor are all of them together. */
const textCharsMax = 65_536;
const wordsCharsMax = 262_144;

/**
 * Renders for as many of the people as fit into a turn, for one at least, and never takes much longer than a turn and
 * one render: to be called where nothing else happens, since whatever does not end is stopped in the middle.
 */
export const renderTurn = (turn: Turn): readonly Words[] => {
  const done: Words[] = [];
  ownSince = process.cpuUsage();
  for (let tries = 0; tries < triesMax; tries += 1) {
    const isEnded = stopAfter(turnMs + renderMaxMs, () => renderSome(turn, done));
    if (!isEnded && hadItsTime()) return [...done, { failed: "template_timeout" }];
    // Whoever was without their time comes again, as the first of another turn.
    if (done.length > 0) return done;
  }
  return [{ failed: "template_timeout" }];
};

const renderSome = ({ texts, missing, scopes }: Turn, done: Words[]): void => {
  const startedAt = performance.now();
  let chars = 0;
  for (const scope of scopes) {
    if (done.length > 0 && (performance.now() - startedAt > turnMs || chars > turnCharsMax)) break;
    const words = renderTexts(texts, missing, scope);
    if (!("failed" in words)) for (const { length } of words) chars += length;
    else if (words.failed === "template_timeout" && !hadItsTime()) return;
    done.push(words);
    ownSince = process.cpuUsage();
  }
};

/** When it was the turn of whoever is rendered now, by the processor; their tries count together. */
let ownSince = process.cpuUsage();
const hadItsTime = (): boolean => {
  const { user, system } = process.cpuUsage(ownSince);
  return (user + system) / 1_000 >= ownMsMin;
};

/** A script is the only thing that can be stopped wherever it is, in the loop of a filter for example. */
const timed = {
  context: createContext({ run: (): void => undefined }),
  script: new Script("run()"),
};

/** False where it did not end by itself. */
const stopAfter = (ms: number, run: () => void): boolean => {
  timed.context["run"] = run;
  try {
    timed.script.runInContext(timed.context, { timeout: ms });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    engines.clear(); // it may have been stopped while it wrote to what they remember
    return false;
  }
};

const renderTexts = (texts: Turn["texts"], missing: Turn["missing"], scope: object): Words => {
  const endAt = performance.now() + askedMs;
  let left = wordsCharsMax;
  try {
    const words = [];
    for (const { template, escapesBraces } of texts) {
      const { engine, parse } = engineFor({ escapesBraces, needsValues: missing === "skip" });
      const rendered = engine.render(parse(template), scope, endAt - performance.now());
      left -= rendered.length;
      if (rendered.length > textCharsMax || left < 0) return { failed: "rendered_too_long" };
      words.push(rendered);
    }
    return words;
  } catch (error) {
    return failureOf(error);
  }
};

const failureOf = (error: unknown): Words => {
  const cause = LiquidError.is(error) ? error.originalError : error;
  if (cause instanceof MissingValueError)
    return { failed: "missing_attribute", variable: cause.variable };
  const message = error instanceof Error ? error.message : "";
  // The second of a text longer than any text can be.
  if (/memory alloc limit exceeded|Invalid string length/.test(message))
    return { failed: "template_memory" };
  return message.includes("template render limit exceeded")
    ? { failed: "template_timeout" }
    : { failed: "template_failed" };
};

interface CachedEngine {
  readonly engine: Engine;
  readonly parse: (template: string) => Template[];
}

const createCachedEngine = (rules: EngineRules): CachedEngine => {
  const engine = createEngine(rules);
  const cache = new LRUCache<string, Template[]>({
    max: 300,
    maxSize: 300_000,
    sizeCalculation: (_, template) => template.length + 1,
  });
  const parse = (template: string): Template[] => {
    const known = cache.get(template);
    if (known) return known;
    const parsed = engine.parse(template);
    cache.set(template, parsed);
    return parsed;
  };
  return { engine, parse };
};

const engines = new Map<string, CachedEngine>();
const engineFor = (rules: EngineRules): CachedEngine => {
  const key = `${rules.escapesBraces} ${rules.needsValues}`;
  const engine = engines.get(key) ?? createCachedEngine(rules);
  engines.set(key, engine);
  return engine;
};
