import { InvalidError } from "../lever-errors.ts";
import { isObject } from "../json.ts";
import type { JsonObject } from "../json.ts";

/** Takes a value for what it must be, or throws with the name of its field. */
export type Reader<T> = (value: unknown, name: string) => T;

type Values<S extends Record<string, Reader<unknown>>> = {
  [K in keyof S as undefined extends ReturnType<S[K]> ? never : K]: ReturnType<S[K]>;
} & {
  [K in keyof S as undefined extends ReturnType<S[K]> ? K : never]?: Exclude<
    ReturnType<S[K]>,
    undefined
  >;
};

/** Reads an object whose fields are all known. */
export function readFields<S extends Record<string, Reader<unknown>>>(
  given: unknown,
  shape: S,
): Values<S> {
  const object = given ?? {};
  if (!isObject(object)) throw new InvalidError("the body must be a JSON object");
  for (const name of Object.keys(object)) {
    if (!Object.hasOwn(shape, name)) {
      throw new InvalidError(`unknown field ${name}; known: ${Object.keys(shape).join(", ")}`);
    }
  }
  const values: Record<string, unknown> = {};
  for (const [name, reader] of Object.entries(shape)) {
    const value = reader(object[name], name);
    if (value !== undefined) values[name] = value;
  }
  return values as Values<S>;
}

const must = (holds: boolean, name: string, what: string): void => {
  if (!holds) throw new InvalidError(`${name} must be ${what}`);
};

export const text: Reader<string> = (value, name) => {
  must(typeof value === "string" && value !== "", name, "a text");
  return value as string;
};

/** A number of at least 0; texts are taken too, because query strings know nothing else. */
export const number: Reader<number> = (value, name) => {
  const read = typeof value === "string" && value !== "" ? Number(value) : value;
  must(typeof read === "number" && read >= 0 && Number.isFinite(read), name, "a number from 0");
  return read as number;
};

export const whole: Reader<number> = (value, name) => {
  const read = number(value, name);
  must(Number.isInteger(read), name, "a whole number");
  return read;
};

export const flag: Reader<boolean> = (value, name) => {
  must(typeof value === "boolean", name, "true or false");
  return value as boolean;
};

export const texts: Reader<string[]> = (value, name) => {
  const fits = Array.isArray(value) && value.every((one) => typeof one === "string");
  must(fits, name, "a list of texts");
  return value as string[];
};

export const object: Reader<JsonObject> = (value, name) => {
  must(isObject(value), name, "an object");
  return value as JsonObject;
};

export const objects: Reader<JsonObject[]> = (value, name) => {
  must(Array.isArray(value) && value.every(isObject), name, "a list of objects");
  return value as JsonObject[];
};

export const oneOf =
  <const T extends string>(known: readonly T[]): Reader<T> =>
  (value, name) => {
    must((known as readonly unknown[]).includes(value), name, `one of ${known.join(", ")}`);
    return value as T;
  };

/** An object whose fields are all known, inside another. */
export const shaped =
  <S extends Record<string, Reader<unknown>>>(shape: S): Reader<Values<S>> =>
  (value, name) =>
    readFields(object(value, name), shape);

export const optional =
  <T>(reader: Reader<T>): Reader<T | undefined> =>
  (value, name) =>
    value === undefined ? undefined : reader(value, name);
