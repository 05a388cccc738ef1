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
}

/** Checks a text property. */
export function checkText(
  report: Report,
  at: Place,
  { max, graphemes, optional }: TextBounds,
): void {
  const value = at.object[at.name];
  const property = pathOf(at);
  if (value === undefined && optional) return;
  if (value === undefined || value === "") report.add(property, "May not be empty");
  else if (typeof value !== "string") report.add(property, "Must be a string");
  else if (value.length > max && (!graphemes || graphemesOf(value) > max)) {
    report.add(property, `Length must be between 0 and ${max}`);
  }
}

/** Checks a URL property. Every URL LINE fetches must be https. */
export function checkHttpsUrl(report: Report, at: Place, optional = false): void {
  const value = at.object[at.name];
  if (value === undefined && optional) return;
  checkText(report, at, { max: 2_000 });
  if (typeof value === "string" && value !== "" && !isHttps(value)) {
    report.add(pathOf(at), "Invalid URI scheme or format");
  }
}

/** Checks a number property. */
export function checkNumber(report: Report, at: Place, bounds: { min: number; max: number }): void {
  const value = at.object[at.name];
  if (typeof value !== "number" || value < bounds.min || value > bounds.max) {
    report.add(pathOf(at), `Must be a number between ${bounds.min} and ${bounds.max}`);
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

function isHttps(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === "https:";
}
