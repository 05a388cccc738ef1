import { limits } from "./limits.ts";

/** Why a value from outside is not taken: a code of the failure table, the field as the caller wrote it, and a sentence. */
export interface ValueProblem {
  readonly code:
    | "date_invalid"
    | "email_invalid"
    | "identifier_invalid"
    | "identifier_reserved"
    | "key_forbidden"
    | "key_invalid"
    | "limit_exceeded"
    | "number_out_of_range"
    | "type_invalid"
    | "unicode_invalid";
  readonly field: string;
  readonly message: string;
}

/** Values of all attributes together: an object of objects counts each leaf. */
const valuesMax = 1_000;
/** The last one would make MongoDB's driver take an object for a value of its own, and fail to write it. */
const forbiddenKeys = new Set(["__proto__", "constructor", "prototype", "_bsontype"]);

/**
 * Checks attributes as MongoDB, templates and people can bear them: keys that are plain names, numbers that can be
 * kept exactly, well-formed texts within bounds. Returns the first problem.
 */
export const checkAttributes = (
  attributes: Readonly<Record<string, unknown>>,
  field: string,
): ValueProblem | undefined => {
  const count = Object.keys(attributes).length;
  if (count > limits.traitsMax)
    return {
      code: "limit_exceeded",
      field,
      message: `at most ${limits.traitsMax} attributes, given ${count}`,
    };
  return checkValue(attributes, field, { left: valuesMax, depth: 0 });
};

interface Budget {
  left: number;
  readonly depth: number;
}

const checkValue = (value: unknown, field: string, budget: Budget): ValueProblem | undefined => {
  budget.left -= 1;
  if (budget.left < 0)
    return { code: "limit_exceeded", field, message: `at most ${valuesMax} values in all` };
  if (budget.depth > limits.jsonDepth)
    return {
      code: "limit_exceeded",
      field,
      message: `nested deeper than ${limits.jsonDepth} levels`,
    };

  if (value === null || typeof value === "boolean") return undefined;
  if (typeof value === "string") return checkText(value, field);
  if (typeof value === "number") return checkNumber(value, field);
  if (typeof value !== "object")
    return { code: "type_invalid", field, message: "not a JSON value" };
  return Array.isArray(value)
    ? checkItems(value, field, budget)
    : checkFields(value as Record<string, unknown>, field, budget);
};

const checkItems = (
  items: readonly unknown[],
  field: string,
  budget: Budget,
): ValueProblem | undefined => {
  const within = { left: budget.left, depth: budget.depth + 1 };
  for (const [index, item] of items.entries()) {
    const problem = checkValue(item, `${field}[${index}]`, within);
    if (problem) return problem;
  }
  budget.left = within.left;
  return undefined;
};

const checkFields = (
  fields: Readonly<Record<string, unknown>>,
  field: string,
  budget: Budget,
): ValueProblem | undefined => {
  const within = { left: budget.left, depth: budget.depth + 1 };
  for (const [key, value] of Object.entries(fields)) {
    const problem = checkKey(key, field) ?? checkValue(value, `${field}.${key}`, within);
    if (problem) return problem;
  }
  budget.left = within.left;
  return undefined;
};

/** A key at fault is not repeated in `field`: it may be long, or hold what breaks a log line. */
const checkKey = (key: string, field: string): ValueProblem | undefined => {
  if (forbiddenKeys.has(key))
    return { code: "key_forbidden", field, message: "a key that is never allowed" };
  if (key === "" || key.length > limits.traitKeyChars)
    return {
      code: "key_invalid",
      field,
      message: `a key must have 1 to ${limits.traitKeyChars} characters`,
    };
  if (!key.isWellFormed())
    return { code: "unicode_invalid", field, message: "a key holds a lone surrogate" };
  if (/[$.\p{Cc}]/u.test(key))
    return { code: "key_invalid", field, message: "a key holds `$`, `.` or a control character" };
  return undefined;
};

/** Checks a text by itself as `checkAttributes` does within attributes. */
export const checkText = (text: string, field: string): ValueProblem | undefined => {
  if (!text.isWellFormed())
    return { code: "unicode_invalid", field, message: "the text holds a lone surrogate" };
  if (text.includes("\0"))
    return { code: "unicode_invalid", field, message: "the text holds a NUL" };
  const bytes = utf8Bytes(text);
  return bytes > limits.traitStringBytes
    ? {
        code: "limit_exceeded",
        field,
        message: `at most ${limits.traitStringBytes} bytes of text, given ${bytes}`,
      }
    : undefined;
};

/** -0 is refused as well: MongoDB, JSON and people would each keep another number. */
const checkNumber = (number: number, field: string): ValueProblem | undefined => {
  const exact = Number.isInteger(number) ? Number.isSafeInteger(number) : Number.isFinite(number);
  return exact && !Object.is(number, -0)
    ? undefined
    : { code: "number_out_of_range", field, message: "the number cannot be kept exactly" };
};

const utf8Bytes = (text: string): number => Buffer.byteLength(text);
