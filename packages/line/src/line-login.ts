import { Failure, type FailureCode } from "@yubin/errors";

import { fieldOf, numberField, textField } from "./answer-fields.ts";
import { isOnLineDispatcher } from "./line-dispatcher.ts";

export interface IdTokenCheck {
  readonly idToken: string;
  /** The LINE Login channel that it must have been made for. */
  readonly clientId: string;
  readonly nonce?: string;
}

/** LINE Login's checks of what a person's browser or LIFF app hands over. A token decoded by ourselves proves nothing. */
export interface LineLogin {
  /** Whose ID token it is. Fails with an `id_token_…` code, or `line.unavailable`. */
  readonly verifyIdToken: (check: IdTokenCheck) => Promise<{ readonly userId: string }>;
  /** Whose user access token it is, and for which LINE Login channel it was made. Fails with `access_token_invalid`. */
  readonly verifyAccessToken: (
    token: string,
  ) => Promise<{ readonly userId: string; readonly clientId: string }>;
}

/** Needs `useLineDispatcher()` first, which bounds time and answers and follows no redirect. */
export const createLineLogin = ({ apiBaseUrl }: { readonly apiBaseUrl: string }): LineLogin => {
  if (!isOnLineDispatcher())
    throw new Error("call useLineDispatcher() first: fetch would follow redirects with tokens");
  const origin = new URL(apiBaseUrl).origin;

  return {
    verifyIdToken: async ({ idToken, clientId, nonce }) => {
      const form = new URLSearchParams({ id_token: idToken, client_id: clientId });
      if (nonce !== undefined) form.set("nonce", nonce);
      const { status, answer } = await ask(`${origin}/oauth2/v2.1/verify`, {
        method: "POST",
        body: form,
      });
      if (isRefusal(status)) throw idTokenFailure(answer);
      if (textField(answer, "aud", 64) !== clientId) throw mismatch("id_token_audience");
      return { userId: userIdIn(answer, "sub") };
    },
    verifyAccessToken: async (token) => {
      const query = new URLSearchParams({ access_token: token });
      const verified = await ask(`${origin}/oauth2/v2.1/verify?${query.toString()}`, {});
      if (isRefusal(verified.status) || numberField(verified.answer, "expires_in") <= 0)
        throw accessTokenInvalid();
      const profile = await ask(`${origin}/v2/profile`, {
        headers: { authorization: `Bearer ${token}` },
      });
      if (isRefusal(profile.status)) throw accessTokenInvalid();
      return {
        userId: userIdIn(profile.answer, "userId"),
        clientId: textField(verified.answer, "client_id", 64),
      };
    },
  };
};

/** Neither the request nor what fetch says of it is kept: both hold the token. */
const ask = async (
  url: string,
  init: RequestInit,
): Promise<{ readonly status: number; readonly answer: unknown }> => {
  let text: string;
  let status: number;
  try {
    const res = await fetch(url, init);
    status = res.status;
    text = await res.text();
  } catch {
    throw new Failure("line.unavailable", "LINE did not answer in time, or not in its own way");
  }
  if (status === 429)
    throw new Failure("line.rate_limited", "LINE asks for a slower pace", { retryAfterMs: 5_000 });
  if (status >= 500 || status < 200)
    throw new Failure("line.unavailable", `LINE answered ${status}`);
  return { status, answer: jsonOf(text, status) };
};

const jsonOf = (text: string, status: number): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    if (isRefusal(status)) return undefined;
    throw new Failure("line.unavailable", "LINE's answer is not JSON");
  }
};

const isRefusal = (status: number): boolean => status >= 400;

const userIdIn = (answer: unknown, key: string): string => {
  const userId = textField(answer, key, 128);
  if (!/^U[0-9a-f]{32}$/.test(userId))
    throw new Failure("line.unavailable", "LINE's answer names nobody");
  return userId;
};

/** Source: LINE Login v2.1 reference, Verify ID token: all that tells these apart is the description. */
const idTokenFailures: readonly (readonly [RegExp, FailureCode, string])[] = [
  [/expired/i, "id_token_expired", "the ID token has expired"],
  [/audience/i, "id_token_audience", "the ID token was made for another LINE Login channel"],
  [/issuer/i, "id_token_issuer", "the ID token was not issued by LINE"],
  [/nonce/i, "id_token_nonce", "the ID token was made for another login"],
];

const idTokenFailure = (answer: unknown): Failure => {
  const description = fieldOf(answer, "error_description");
  const said = typeof description === "string" ? description : "";
  const [, code, message] = idTokenFailures.find(([pattern]) => pattern.test(said)) ?? [
    undefined,
    "id_token_invalid" as const,
    "LINE does not take this ID token",
  ];
  return new Failure(code, message, { field: "idToken" });
};

const mismatch = (code: FailureCode): Failure =>
  new Failure(code, "the ID token was made for another LINE Login channel", { field: "idToken" });

const accessTokenInvalid = (): Failure =>
  new Failure("access_token_invalid", "LINE does not take this access token, or it has expired", {
    field: "accessToken",
  });
