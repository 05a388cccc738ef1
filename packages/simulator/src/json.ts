/** An object out of JSON, of which nothing is known yet. */
export type JsonObject = { readonly [name: string]: unknown };

/** Whether the value is a JSON object, rather than null, an array or a scalar. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
