/** Why messages are not taken: a code of the failure table, the field as the caller wrote it, and a sentence. */
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
}

/** Whether a text holds Liquid, so that what it will be is known only once it is rendered. */
export const holdsLiquid = (text: string): boolean => text.includes("{{") || text.includes("{%");

export const lineLimit = (field: string, message: string): MessageProblem => ({
  code: "line_limit",
  field,
  message,
});
