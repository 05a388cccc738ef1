import { failures, type FailureCode, type FailureRow } from "./failures.ts";

export interface FailureDetails {
  /** Dotted path of the field at fault, as the caller wrote it. */
  readonly field?: string;
  /** How long to wait before trying again. */
  readonly retryAfterMs?: number;
  /** For logs alone; never shown. */
  readonly cause?: unknown;
}

/** A foreseen failure. `message` may be shown to the caller, so it never holds a secret or the value at fault. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: FailureCode;
  readonly field: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: FailureCode, message: string, details: FailureDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.field = details.field;
    this.retryAfterMs = details.retryAfterMs;
  }

  get status(): number {
    return failures[this.code].status;
  }

  get retry(): FailureRow["retry"] {
    return failures[this.code].retry;
  }
}

/** The failure as it is, or `internal` around anything unforeseen. */
export const asFailure = (error: unknown): Failure =>
  error instanceof Failure
    ? error
    : new Failure("internal", "something went wrong on our side", { cause: error });
