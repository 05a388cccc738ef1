import { errors } from "undici";

import type { UnknownReason } from "./line-answer.ts";

/**
 * Why a call has no answer, by the codes of undici and Node. It is `unreachable` only where there was no connection to
 * send it on: the network may also go away under a call that LINE has.
 */
export const breakOf = (error: unknown): UnknownReason => {
  if (error instanceof errors.HTTPParserError) return "protocol";
  const code = textIn(error, "code");
  if (connectCodes.has(code)) return isFromConnecting(error) ? "unreachable" : "reset";
  // Whatever else ends a call ended its connection.
  return reasons[code] ?? "reset";
};

/** Several addresses that were tried in vain are one error with a list of them. */
const isFromConnecting = (error: unknown): boolean =>
  error instanceof AggregateError || connecting.has(textIn(error, "syscall"));

const textIn = (error: unknown, field: string): string =>
  typeof error === "object" && error !== null && field in error
    ? String((error as Record<string, unknown>)[field])
    : "";

const connecting: ReadonlySet<string> = new Set(["connect", "getaddrinfo"]);
const connectCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

const reasons: Readonly<Record<string, UnknownReason>> = {
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  UND_ERR_BODY_TIMEOUT: "timeout",
  UND_ERR_CONNECT_TIMEOUT: "unreachable",
  UND_ERR_HEADERS_OVERFLOW: "protocol",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "protocol",
  UND_ERR_RES_EXCEEDED_MAX_SIZE: "protocol",
};
