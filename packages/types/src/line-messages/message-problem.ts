/**
 * Why messages are not taken: a code of the failure table, the field as the caller wrote it, and a sentence that names
 * the limit and how much was given, but never what: it may be personal.
 */
export interface MessageProblem {
  readonly code:
    | "key_forbidden"
    | "line_limit"
    | "message_too_complex"
    | "message_type"
    | "request_too_large"
    | "unicode_invalid"
    | "url_invalid"
    | "url_private";
  readonly field: string;
  readonly message: string;
  /** There is more of it than LINE takes, so that less of it would do. */
  readonly isTooLong?: true;
}

/** Whether a text holds Liquid, so that what it will be is known only once it is rendered. */
export const holdsLiquid = (text: string): boolean => text.includes("{{") || text.includes("{%");

export const lineLimit = (field: string, message: string): MessageProblem => ({
  code: "line_limit",
  field,
  message,
});

export const tooLong = (field: string, message: string): MessageProblem => ({
  ...lineLimit(field, message),
  isTooLong: true,
});

/** What stands where something else should, told by its kind and size alone. */
export const kindOf = (value: unknown): string => {
  if (value === undefined || value === null) return "nothing";
  if (typeof value === "string") return `a text of ${value.length} UTF-16 units`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
};

export const misfit = (field: string, wanted: string, value: unknown): MessageProblem =>
  lineLimit(field, `${wanted} is required here, given ${kindOf(value)}`);
