import { Failure } from "@yubin/errors";

import { jsonDepth } from "./json-depth.ts";
import { inexact, maybeInexact, parseExactly } from "./exact-numbers.ts";

export interface JsonRules {
  /** Objects and arrays inside each other; checked before anything is built from them. */
  readonly depth: number;
  /**
   * Refuses lone surrogates, NULs, numbers that cannot be kept and keys such as `__proto__`: right for what callers
   * write. Without it such keys are dropped and the rest is kept, which is right for LINE's webhooks: one odd event
   * must not cost the others. Defaults to true.
   */
  readonly strict?: boolean;
}

/** Bytes from outside to a value: strict UTF-8 without a BOM, JSON as the standard has it. Of equal keys the last one counts. */
export const parseJson = (bytes: Buffer, { depth, strict = true }: JsonRules): unknown => {
  const text = utf8Of(bytes);
  if (jsonDepth(bytes) > depth)
    throw new Failure("json_too_deep", `the JSON is nested deeper than ${depth} levels`);
  const value = read(text, strict);
  if (!suspicious(text, strict)) return value;
  return strict ? refuseOddities(value, "") : dropForbidden(value);
};

const forbiddenKeys = new Set(["__proto__", "constructor", "prototype"]);

const utf8Of = (bytes: Buffer): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Failure("json_invalid", "the body is not UTF-8");
  }
};

const read = (text: string, strict: boolean): unknown => {
  try {
    return strict ? parseExactly(text) : JSON.parse(text);
  } catch {
    if (/[:,[\s]-?(NaN|Infinity)\b/.test(` ${text}`))
      throw new Failure("number_out_of_range", "NaN and Infinity are not numbers in JSON");
    throw new Failure("json_invalid", "the body is not JSON");
  }
};

/** Looking at every value costs more than parsing does, and nearly no body needs it. An escape may hide a key. */
const suspicious = (text: string, strict: boolean): boolean =>
  /__proto__|constructor|prototype|\\u00/.test(text) ||
  (strict && (/\\u[dD][89a-fA-F]/.test(text) || maybeInexact.test(text)));

const refuseOddities = (value: unknown, path: string): unknown => {
  if (value === inexact)
    throw new Failure("number_out_of_range", "the number cannot be kept exactly", fieldOf(path));
  if (typeof value === "string") checkText(value, path);
  if (typeof value !== "object" || value === null) return value;
  for (const [key, inner] of Object.entries(value)) {
    const at = path === "" ? key : `${path}.${key}`;
    if (forbiddenKeys.has(key))
      throw new Failure("key_forbidden", "this key is never allowed", fieldOf(at));
    checkText(key, at);
    refuseOddities(inner, at);
  }
  return value;
};

const checkText = (text: string, path: string): void => {
  if (!text.isWellFormed() || text.includes("\0"))
    throw new Failure("unicode_invalid", "a text holds a lone surrogate or a NUL", fieldOf(path));
};

const fieldOf = (path: string): { field?: string } =>
  path === "" ? {} : { field: path.toWellFormed().replaceAll("\0", "").slice(0, 200) };

const dropForbidden = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value;
  for (const [key, inner] of Object.entries(value)) {
    if (forbiddenKeys.has(key)) Reflect.deleteProperty(value, key);
    else dropForbidden(inner);
  }
  return value;
};
