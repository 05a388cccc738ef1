import { isObject } from "../json.ts";
import type { JsonObject } from "../json.ts";

/** One thing wrong with a request body, as LINE words it. */
export interface Problem {
  readonly message: string;
  readonly property: string;
}

/** Notes what is wrong with a body. */
export interface Report {
  readonly problems: Problem[];
  add(property: string, message: string): void;
}

/** Opens an empty report. */
export function createReport(): Report {
  const problems: Problem[] = [];
  return { problems, add: (property, message) => void problems.push({ message, property }) };
}

/** The bounds of a text, in UTF-16 units or, where LINE counts what people see, in grapheme clusters. */
export interface TextBounds {
  readonly max: number;
  readonly graphemes?: boolean;
  readonly optional?: boolean;
  /** Whether an empty text will do. */
  readonly empty?: boolean;
}

/** Checks a text property. */
export function checkText(
  report: Report,
  at: Place,
  { max, graphemes, optional, empty }: TextBounds,
): void {
  const value = at.object[at.name];
  const property = pathOf(at);
  if (isAbsent(value) && optional) return;
  if (isAbsent(value) || (value === "" && !empty)) report.add(property, "May not be empty");
  else if (typeof value !== "string") report.add(property, "Must be a string");
  else if (value.length > max && (!graphemes || graphemesOf(value) > max)) {
    report.add(property, `Length must be between 0 and ${max}`);
  }
}

/** Whether a property is not there, which JSON may say by null, too. */
export const isAbsent = (value: unknown): boolean => value === undefined || value === null;

/** Checks a URL property. Every URL LINE fetches must be https. */
export function checkHttpsUrl(report: Report, at: Place, optional = false): void {
  checkUrl(report, at, { max: 2_000, schemes: /^https:$/, optional });
}

/** Checks a URL that a tap opens. */
export function checkLinkUrl(report: Report, at: Place, optional = false): void {
  checkUrl(report, at, { max: 1_000, schemes: /^(https?|line|tel):$/, optional });
}

function checkUrl(
  report: Report,
  at: Place,
  { max, schemes, optional }: { max: number; schemes: RegExp; optional: boolean },
): void {
  const value = at.object[at.name];
  if (isAbsent(value) && optional) return;
  checkText(report, at, { max });
  if (typeof value === "string" && value !== "" && !isUrlOf(value, schemes)) {
    report.add(pathOf(at), "Invalid URI scheme or format");
  }
}

/** Checks a text property that follows a pattern. */
export function checkPattern(
  report: Report,
  at: Place,
  { pattern, words, optional }: { pattern: RegExp; words: string; optional?: boolean },
): void {
  const value = at.object[at.name];
  if (isAbsent(value) && optional) return;
  if (typeof value !== "string" || !pattern.test(value)) report.add(pathOf(at), words);
}

/** Checks a property with a fixed set of values. */
export function checkOneOf(
  report: Report,
  at: Place,
  { values, optional }: { values: readonly string[]; optional?: boolean },
): void {
  const value = at.object[at.name];
  if (isAbsent(value) && optional) return;
  if (typeof value !== "string" || !values.includes(value)) {
    report.add(pathOf(at), `Must be one of the following values: [${values.join(", ")}]`);
  }
}

/** The bounds of a number. */
export interface NumberBounds {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
  readonly optional?: boolean;
}

/** Checks a number property. */
export function checkNumber(
  report: Report,
  at: Place,
  { min, max, whole, optional }: NumberBounds,
): void {
  const value = at.object[at.name];
  if (isAbsent(value) && optional) return;
  const fits = typeof value === "number" && value >= min && value <= max;
  if (!fits || (whole && !Number.isInteger(value))) {
    report.add(pathOf(at), `Must be a number between ${min} and ${max}`);
  }
}

/** Checks a list property and returns its objects; an element that is none is a problem. */
export function checkList(
  report: Report,
  at: Place,
  bounds: { min: number; max: number },
): readonly { item: JsonObject; path: string }[] {
  const value = at.object[at.name];
  const property = pathOf(at);
  if (!Array.isArray(value) || value.length < bounds.min || value.length > bounds.max) {
    report.add(property, `Size must be between ${bounds.min} and ${bounds.max}`);
    return [];
  }
  const found: { item: JsonObject; path: string }[] = [];
  value.forEach((item: unknown, index) => {
    const path = `${property}[${index}]`;
    if (isObject(item)) found.push({ item, path });
    else report.add(path, "Must be an object");
  });
  return found;
}

/** What a table has for the key a request gave, which may be the name of something every object has. */
export const entryOf = <T>(table: Readonly<Record<string, T>>, key: unknown): T | undefined =>
  typeof key === "string" && Object.hasOwn(table, key) ? table[key] : undefined;

/** A property of an object, with the way to the object. */
export interface Place {
  readonly object: JsonObject;
  readonly path: string;
  readonly name: string;
}

const pathOf = ({ path, name }: Place): string => (path === "" ? name : `${path}.${name}`);

const segmenter = new Intl.Segmenter();

const graphemesOf = (text: string): number => [...segmenter.segment(text)].length;

function isUrlOf(text: string, schemes: RegExp): boolean {
  return /^[\x21-\x7e]+$/.test(text) && URL.canParse(text) && schemes.test(new URL(text).protocol);
}
