import { hasMoreCharacters } from "./characters.ts";
import {
  holdsLiquid,
  kindOf,
  lineLimit,
  misfit,
  tooLong,
  type MessageProblem,
} from "./message-problem.ts";
import { checkMessageUrl } from "./message-url.ts";

export interface CheckRules {
  /** Texts may hold Liquid: what depends on its result is checked when it is rendered. */
  readonly templated: boolean;
  /** The messages go to a group or room, not to a person. */
  readonly toGroup: boolean;
}

/** Looks at a value that stands in a field, and tells the first thing that LINE would refuse. */
export type Check = (
  value: unknown,
  field: string,
  rules: CheckRules,
) => MessageProblem | undefined;

export type JsonObject = { readonly [name: string]: unknown };

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Many serializers write null for what is not there. */
export const isThere = (value: unknown): boolean => value !== undefined && value !== null;

/** Liquid is left to the rendered result. */
export const isDeferred = (value: unknown, { templated }: CheckRules): boolean =>
  templated && typeof value === "string" && holdsLiquid(value);

export const optional =
  (check: Check): Check =>
  (value, field, rules) =>
    isThere(value) ? check(value, field, rules) : undefined;

/** The checks one after the other, each on what the ones before it found in order. */
export const all =
  (...checks: readonly Check[]): Check =>
  (value, field, rules) => {
    for (const check of checks) {
      const problem = check(value, field, rules);
      if (problem) return problem;
    }
    return undefined;
  };

/** An object with these fields, and whatever else it has: LINE adds fields without notice. */
export const fields = (shape: Readonly<Record<string, Check>>): Check => {
  const checks = Object.entries(shape);
  return (value, field, rules) => {
    if (!isObject(value)) return misfit(field, "an object", value);
    for (const [name, check] of checks) {
      const problem = check(value[name], `${field}.${name}`, rules);
      if (problem) return problem;
    }
    return undefined;
  };
};

/** An object whose `type` says which check is its own. */
export const byType = (types: Readonly<Record<string, Check>>): Check => {
  const wanted = `one of ${Object.keys(types).join(", ")}`;
  return (value, field, rules) => {
    if (!isObject(value)) return misfit(field, "an object", value);
    const { type } = value;
    const check = typeof type === "string" && Object.hasOwn(types, type) ? types[type] : undefined;
    return check ? check(value, field, rules) : misfit(`${field}.type`, wanted, type);
  };
};

export const list =
  ({ min, max }: { readonly min: number; readonly max: number }, item: Check): Check =>
  (value, field, rules) => {
    if (!Array.isArray(value)) return misfit(field, "a list", value);
    if (value.length < min || value.length > max)
      return lineLimit(field, `${range(min, max)} are required here, given ${value.length}`);
    for (const [index, one] of value.entries()) {
      const problem = item(one, `${field}[${index}]`, rules);
      if (problem) return problem;
    }
    return undefined;
  };

const range = (min: number, max: number): string => {
  if (min === max) return `exactly ${min}`;
  return max === Infinity ? `at least ${min}` : `${min} to ${max}`;
};

export interface TextRules {
  readonly max?: number;
  /** Whether LINE counts what people see here (grapheme clusters), not UTF-16 units. */
  readonly inCharacters?: boolean;
  /** The least that must be there: something to read if nothing else is said. */
  readonly least?: "words" | "one" | "none";
}

/** Source of both ways to count: LINE, Character counting in a text. */
export const text =
  ({ max = Infinity, inCharacters = false, least = "words" }: TextRules): Check =>
  (value, field, rules) => {
    if (typeof value !== "string") return misfit(field, "a text", value);
    if (isDeferred(value, rules)) return undefined;
    if (least !== "none" && (least === "words" ? value.trim() : value) === "")
      return lineLimit(field, "this text must not be blank");
    if (value.length <= max) return undefined;
    if (!inCharacters) return tooLong(field, `at most ${max} UTF-16 units, given ${value.length}`);
    return hasMoreCharacters(value, max)
      ? tooLong(field, `at most ${max} characters, given more in ${value.length} UTF-16 units`)
      : undefined;
  };

/** A text that follows a pattern, which `wanted` tells in words. */
export const pattern =
  (expression: RegExp, wanted: string): Check =>
  (value, field, rules) =>
    isDeferred(value, rules) || (typeof value === "string" && expression.test(value))
      ? undefined
      : misfit(field, wanted, value);

export const oneOf = (...values: readonly string[]): Check => {
  const wanted = `one of ${values.join(", ")}`;
  return (value, field, rules) =>
    isDeferred(value, rules) || (typeof value === "string" && values.includes(value))
      ? undefined
      : misfit(field, wanted, value);
};

export const number =
  (min: number, max: number): Check =>
  (value, field) =>
    typeof value === "number" && value >= min && value <= max
      ? undefined
      : lineLimit(field, `a number from ${min} to ${max} is required, given ${outside(value)}`);

export const integer =
  (min: number, max: number): Check =>
  (value, field) =>
    Number.isInteger(value) && Number(value) >= min && Number(value) <= max
      ? undefined
      : lineLimit(field, `a whole number from ${min} to ${max}, given ${outside(value)}`);

const outside = (value: unknown): string =>
  typeof value === "number" ? "another number" : kindOf(value);

export const boolean: Check = (value, field) =>
  typeof value === "boolean" ? undefined : misfit(field, "true or false", value);

const url =
  (rule: Parameters<typeof checkMessageUrl>[2]): Check =>
  (value, field, rules) => {
    if (typeof value !== "string") return misfit(field, "a URL", value);
    return isDeferred(value, rules) ? undefined : checkMessageUrl(value, field, rule);
  };

/** What LINE or a phone loads. Source: LINE, Message objects. */
export const mediaUrl = url({ schemes: ["https:"], charsMax: 2_000 });
/** What a tap opens. Source: LINE, URI action. */
export const linkUrl = url({ schemes: ["https:", "http:", "line:", "tel:"], charsMax: 1_000 });
