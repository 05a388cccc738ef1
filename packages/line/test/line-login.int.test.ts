import { inspect } from "node:util";
import type { ServerResponse } from "node:http";
import { Failure } from "@yubin/errors";
import { beforeAll, expect, it } from "vitest";

import { createLineAccount, createLineLogin, useLineDispatcher } from "../src/index.ts";
import { json, startFakeLine } from "./start-fake-line.ts";

const secret = "a.users.token-4711";
const userId = "U00000000000000000000000000000001";
const clientId = "1653000000";

beforeAll(() => {
  const dispatcher = useLineDispatcher({ timeoutMs: 1_000, connections: 4 });
  return () => dispatcher.close();
});

const setup = async (answer: (res: ServerResponse, url: string) => void) => {
  const line = await startFakeLine((req, res) => answer(res, req.url ?? ""));
  return { line, login: createLineLogin(line), account: createLineAccount(line) };
};

const codeOf = async (call: Promise<unknown>): Promise<string> => {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Failure);
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("token-4711");
  return (error as Failure).code;
};

it("asks LINE whose an ID token is, as a form", async () => {
  const { line, login } = await setup((res) => json(res, 200, { sub: userId, aud: clientId }));
  expect(await login.verifyIdToken({ idToken: secret, clientId, nonce: "n&1" })).toEqual({
    userId,
  });
  expect(line.requests).toMatchObject([
    {
      url: "/oauth2/v2.1/verify",
      headers: { "content-type": "application/x-www-form-urlencoded;charset=UTF-8" },
      body: `id_token=${secret}&client_id=${clientId}&nonce=n%261`,
    },
  ]);
});

it.each([
  ["Invalid IdToken.", "id_token_invalid"],
  ["IdToken expired.", "id_token_expired"],
  ["Invalid IdToken Audience.", "id_token_audience"],
  ["Invalid IdToken Issuer.", "id_token_issuer"],
  ["Invalid IdToken Nonce.", "id_token_nonce"],
  ["Something new", "id_token_invalid"],
])("tells LINE's refusal %j by its code", async (description, code) => {
  const { login } = await setup((res) =>
    json(res, 400, { error: "invalid_request", error_description: description }),
  );
  expect(await codeOf(login.verifyIdToken({ idToken: secret, clientId }))).toBe(code);
});

const trouble: [string, (res: ServerResponse) => void, string][] = [
  ["5xx", (res) => json(res, 503, {}), "line.unavailable"],
  ["429", (res) => json(res, 429, {}), "line.rate_limited"],
  ["200 with HTML", (res) => res.end("<html>"), "line.unavailable"],
  ["200 with 100 kB", (res) => res.end(`"${"x".repeat(100_000)}"`), "line.unavailable"],
  ["a refusal with HTML", (res) => res.writeHead(400).end("<html>"), "id_token_invalid"],
  [
    "a redirect",
    (res) => res.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
    "line.unavailable",
  ],
  ["nothing", () => undefined, "line.unavailable"],
  ["another audience", (res) => json(res, 200, { sub: userId, aud: "1" }), "id_token_audience"],
  ["no audience", (res) => json(res, 200, { sub: userId }), "line.unavailable"],
  ["nobody", (res) => json(res, 200, { sub: "U1", aud: clientId }), "line.unavailable"],
  ["__proto__", (res) => res.end('{"__proto__":{"sub":"x","aud":"y"}}'), "line.unavailable"],
];
it.each(trouble)("takes %s from LINE for no proof", async (_what, answer, code) => {
  const { login } = await setup(answer);
  expect(await codeOf(login.verifyIdToken({ idToken: secret, clientId }))).toBe(code);
});

it("asks LINE whose an access token is, and for whom it was made", async () => {
  const { line, login } = await setup((res, url) =>
    url.startsWith("/v2/profile")
      ? json(res, 200, { userId, displayName: "Ann" })
      : json(res, 200, { client_id: clientId, expires_in: 10, scope: "profile" }),
  );
  expect(await login.verifyAccessToken(secret)).toEqual({ userId, clientId });
  expect(line.requests).toMatchObject([
    { url: `/oauth2/v2.1/verify?access_token=${secret}` },
    { url: "/v2/profile", headers: { authorization: `Bearer ${secret}` } },
  ]);
});

it.each([
  ["unknown", 400, { error: "invalid_request", error_description: "access token expired" }],
  ["at its end", 200, { client_id: clientId, expires_in: 0 }],
])("takes an access token that is %s for none", async (_what, status, body) => {
  const { login } = await setup((res) => json(res, status, body));
  expect(await codeOf(login.verifyAccessToken(secret))).toBe("access_token_invalid");
});

it("takes an access token for none that opens no profile", async () => {
  const { login } = await setup((res, url) =>
    url.startsWith("/v2/profile")
      ? json(res, 401, { message: "expired" })
      : json(res, 200, { client_id: clientId, expires_in: 10 }),
  );
  expect(await codeOf(login.verifyAccessToken(secret))).toBe("access_token_invalid");
});

it("issues a link token for a friend, and says that LINE refuses one for others", async () => {
  const { line, account } = await setup((res, url) =>
    url.includes(userId) ? json(res, 200, { linkToken: "lt" }) : json(res, 404, { message: "x" }),
  );
  expect(await account.issueLinkToken("channel-token", userId)).toBe("lt");
  expect(line.requests[0]?.url).toBe(`/v2/bot/user/${userId}/linkToken`);
  const stranger = `U${"f".repeat(32)}`;
  expect(await codeOf(account.issueLinkToken("channel-token", stranger))).toBe("line.refused");
});
