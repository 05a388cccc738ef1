import type { Problem } from "./rules/problem.ts";

/** What LINE answers a request with. */
export interface Answer {
  readonly status: number;
  /** JSON text, or the bytes of a picture. */
  readonly body: string | Buffer;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A good answer. */
export const ok = (body: unknown): Answer => ({ status: 200, body: JSON.stringify(body) });

/** The good answer of endpoints that have nothing to say. */
export const okEmpty: Answer = { status: 200, body: "{}" };

/** A refusal with LINE's error body. */
export const refusal = (status: number, message: string): Answer => ({
  status,
  body: JSON.stringify({ message }),
});

/** A 400 that lists what is wrong with the body. */
export const refusalOf = (problems: readonly Problem[]): Answer => ({
  status: 400,
  body: JSON.stringify({
    message: `The request body has ${problems.length} error(s)`,
    details: problems,
  }),
});

/** A refusal of the token endpoints, which speak OAuth. */
export const oauthRefusal = (error: string, description: string): Answer => ({
  status: 400,
  body: JSON.stringify({ error, error_description: description }),
});

/** LINE's answer to a property that is wrong as a whole. */
export const invalidProperty = (property: string): Answer =>
  refusal(400, `The property, ${property}, in the request body is invalid (line: -, column: -)`);

export const notFound = refusal(404, "Not found");
export const rateExceeded = refusal(429, "The API rate limit has been exceeded. Try again later.");
export const monthlyLimitReached = refusal(429, "You have reached your monthly limit.");
export const failedToSend = refusal(400, "Failed to send messages");
export const notEntitled = refusal(403, "Access to this API is not available for your account");
export const bodyTooLarge = refusal(413, "Request entity too large");
export const retryKeyMalformed = refusal(400, "The retry key is invalid");
export const retryKeyNotAllowed = refusal(400, "The retry key is not allowed for this endpoint");
export const invalidReplyToken = refusal(400, "Invalid reply token");
export const unauthenticated: Answer = {
  ...refusal(
    401,
    "Authentication failed due to the following reason: invalid token. Confirm that the access token in the authorization header is valid.",
  ),
  headers: { "www-authenticate": 'Bearer error="invalid_token"' },
};
