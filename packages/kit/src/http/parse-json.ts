import { Failure } from "@yubin/errors";

import { inexact, parseExactly } from "./exact-numbers.ts";
import { scanJson } from "./scan-json.ts";

export interface JsonRules {
  /** Objects and arrays inside each other; checked before anything is built from them. */
  readonly depth: number;
  /**
   * Refuses lone surrogates, NULs, numbers that cannot be kept and keys such as `__proto__`: right for what callers
   * write. Without it such keys are dropped and the rest is kept, which is right for LINE's webhooks: one odd event
   * must not cost the others. Defaults to true.
   */
  readonly strict?: boolean;
  /** Each item of this list is checked by itself, so that a bad one does not stop the others: its `Failure` takes its place. */
  readonly rows?: string;
}

/** Bytes from outside to a value: strict UTF-8 without a BOM, JSON as the standard has it. Of equal keys the last one counts. */
export const parseJson = (bytes: Buffer, { depth, strict = true, rows }: JsonRules): unknown => {
  const scan = scanJson(bytes);
  if (scan.depth > depth)
    throw new Failure("json_too_deep", `the JSON is nested deeper than ${depth} levels`);
  const text = utf8Of(bytes);
  const looseNumbers = strict && scan.inexact;
  const value = read(text, looseNumbers);
  if (!looseNumbers && !suspicious(text, strict)) return value;
  if (!strict) return dropForbidden(value);

  const judged = rows === undefined ? value : withFailures(value, rows);
  const oddity = oddityIn(judged);
  if (oddity) throw failureOf(oddity);
  return judged;
};

const withFailures = (value: unknown, rows: string): unknown => {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, rows)) return value;
  const items: unknown = (value as Record<string, unknown>)[rows];
  if (!Array.isArray(items)) return value;
  const judged = items.map((item: unknown): unknown => {
    const oddity = oddityIn(item);
    return oddity ? failureOf(oddity) : item;
  });
  return Object.defineProperty(value, rows, { value: judged });
};

/** The last one would make the database's driver take an object for a value of its own, and fail to write it. */
const forbiddenKeys = new Set(["__proto__", "constructor", "prototype", "_bsontype"]);

const utf8Of = (bytes: Buffer): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Failure("json_invalid", "the body is not UTF-8");
  }
};

const read = (text: string, looseNumbers: boolean): unknown => {
  try {
    return looseNumbers ? parseExactly(text) : JSON.parse(text);
  } catch {
    if (/[:,[\s]-?(NaN|Infinity)\b/.test(` ${text}`))
      throw new Failure("number_out_of_range", "NaN and Infinity are not numbers in JSON");
    throw new Failure("json_invalid", "the body is not JSON");
  }
};

/** Looking at every value costs more than parsing does, and nearly no body needs it. An escape may hide a key. */
const suspicious = (text: string, strict: boolean): boolean =>
  /__proto__|constructor|prototype|_bsontype|\\u00/.test(text) ||
  (strict && /\\u[dD][89a-fA-F]/.test(text));

interface Oddity {
  readonly code: keyof typeof complaints;
  /** From the inside out. */
  readonly path: string[];
}

const complaints = {
  number_out_of_range: "the number cannot be kept exactly",
  unicode_invalid: "a text holds a lone surrogate or a NUL",
  key_forbidden: "this key is never allowed",
} as const;

const oddityIn = (value: unknown): Oddity | undefined => {
  if (value === inexact) return { code: "number_out_of_range", path: [] };
  if (typeof value === "string")
    return isOddText(value) ? { code: "unicode_invalid", path: [] } : undefined;
  if (typeof value !== "object" || value === null || value instanceof Failure) return undefined;
  for (const key in value) {
    if (forbiddenKeys.has(key)) return { code: "key_forbidden", path: [key] };
    if (isOddText(key)) return { code: "unicode_invalid", path: [key] };
    const found = oddityIn((value as Record<string, unknown>)[key]);
    if (found) return { code: found.code, path: [...found.path, key] };
  }
  return undefined;
};

const isOddText = (text: string): boolean => !text.isWellFormed() || text.includes("\0");

const failureOf = ({ code, path }: Oddity): Failure => {
  const field = path.toReversed().join(".").toWellFormed().replaceAll("\0", "").slice(0, 200);
  return new Failure(code, complaints[code], field === "" ? {} : { field });
};

const dropForbidden = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value;
  for (const [key, inner] of Object.entries(value)) {
    if (forbiddenKeys.has(key)) Reflect.deleteProperty(value, key);
    else dropForbidden(inner);
  }
  return value;
};
