import { Failure } from "@yubin/errors";

/** An own field of something that LINE sent, whatever that is. */
export const fieldOf = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;

export const itemsOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** A text that LINE promises; its absence is a fault on LINE's side, to be tried again. */
export const textField = (answer: unknown, key: string, charsMax = 1_000): string => {
  const value = fieldOf(answer, key);
  if (typeof value !== "string") throw misshapen(key);
  return value.slice(0, charsMax).toWellFormed();
};

export const numberField = (answer: unknown, key: string): number => {
  const value = fieldOf(answer, key);
  if (typeof value !== "number" || !Number.isFinite(value)) throw misshapen(key);
  return value;
};

const misshapen = (key: string): Failure =>
  new Failure("line.unavailable", `LINE's answer lacks ${key}`);
