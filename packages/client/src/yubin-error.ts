/** What Yubin answered instead of doing it, or that it could not be reached (`status` 0, code `unreachable`). */
export class YubinError extends Error {
  override readonly name = "YubinError";
  /** One of the codes in Yubin's table of errors. */
  readonly code: string;
  readonly status: number;
  /** Dotted path of the field at fault, where there is one. */
  readonly field: string | undefined;
  /** Finds the request in Yubin's logs. */
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: YubinErrorDetails) {
    super(message, { cause: details.cause });
    this.code = details.code;
    this.status = details.status;
    this.field = details.field;
    this.requestId = details.requestId;
    this.retryAfterMs = details.retryAfterMs;
  }
}

export interface YubinErrorDetails {
  readonly code: string;
  readonly status: number;
  readonly field?: string | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** Reads an answer that is not a 2xx; anything between us and Yubin may have written it. */
export const errorOf = async (answer: Response): Promise<YubinError> => {
  const text = await answer.text().catch(() => "");
  const { error } = asObject(parsed(text));
  const { code, message, field, requestId } = asObject(error);
  return new YubinError(textOf(message) ?? `Yubin answered ${answer.status}`, {
    code: textOf(code) ?? `http_${answer.status}`,
    status: answer.status,
    field: textOf(field),
    requestId: textOf(requestId),
    retryAfterMs: retryAfterOf(answer.headers),
  });
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" ? value : undefined;

const retryAfterOf = (headers: Headers): number | undefined => {
  const seconds = headers.get("retry-after");
  return seconds !== null && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
};
