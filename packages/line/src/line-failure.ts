import { HTTPFetchError } from "@line/bot-sdk";
import { Failure, type FailureCode } from "@yubin/errors";

import { answerOf, complaintOf, type LineAnswer } from "./line-answer.ts";

/**
 * What went wrong in a call of LINE's SDK. Neither the request nor LINE's headers are kept, so no token can be.
 * Rate limits come without a Retry-After, so how long to leave LINE alone is ours to say.
 */
export const lineFailure = (error: unknown): Failure => {
  if (error instanceof Failure) return error;
  if (!(error instanceof HTTPFetchError))
    return new Failure("line.unavailable", "LINE did not answer in time, or not in its own way", {
      cause: bare(error),
    });

  const { status, body } = error;
  const answer = answerOf({ status, headers: {}, body });
  const { code, message, retryAfterMs } = failuresByAnswer[answer.kind];
  return new Failure(code, answer.kind === "refused" ? `${message}: ${answer.message}` : message, {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    cause: new Error(`LINE answered ${status}: ${complaintOf(body).message}`),
  });
};

const away = { code: "line.unavailable", message: "LINE could not answer" } as const;
const failuresByAnswer: Readonly<
  Record<LineAnswer["kind"], { code: FailureCode; message: string; retryAfterMs?: number }>
> = {
  unauthorized: { code: "line.unauthorized", message: "LINE refuses the channel's token" },
  forbidden: { code: "line.forbidden", message: "LINE does not allow this to the account" },
  rate_limited: {
    code: "line.rate_limited",
    message: "LINE asks for a slower pace",
    retryAfterMs: 5_000,
  },
  quota_exhausted: {
    code: "line.quota_exhausted",
    message: "the month's messages are used up",
    retryAfterMs: 60_000,
  },
  refused: { code: "line.refused", message: "LINE refuses the request" },
  accepted: away, // a 409 to a call without a retry key
  unknown: away,
};

/** The status LINE answered with, or undefined when it was something else. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof HTTPFetchError ? error.status : undefined;

/** What LINE wrote beside it. */
export const refusalBody = (error: unknown): string | undefined =>
  error instanceof HTTPFetchError ? error.body : undefined;

/** fetch hides what happened one level down; its own message is always the same. */
const bare = (error: unknown): Error => {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(inner instanceof Error)) return new Error("unknown");
  if (inner instanceof SyntaxError) return new Error("LINE's answer is not JSON");
  const code = "code" in inner && typeof inner.code === "string" ? ` (${inner.code})` : "";
  return new Error(`${inner.name}${code}`);
};
