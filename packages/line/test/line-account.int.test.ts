import { inspect } from "node:util";
import type { ServerResponse } from "node:http";
import { Failure } from "@yubin/errors";
import { beforeAll, describe, expect, it } from "vitest";

import { createLineAccount, useLineDispatcher } from "../src/index.ts";
import { json, startFakeLine } from "./start-fake-line.ts";

const token = "a-secret-token-of-a-channel";
const userId = "U00000000000000000000000000000001";

beforeAll(() => {
  const dispatcher = useLineDispatcher({ timeoutMs: 3_000, connections: 4 });
  return () => dispatcher.close();
});

const setup = async (answer: (res: ServerResponse, url: string, body: string) => void) => {
  const line = await startFakeLine((req, res, body) => answer(res, req.url ?? "", body));
  return { line, account: createLineAccount(line) };
};

const failureOf = async (call: Promise<unknown>): Promise<Failure> => {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Failure);
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(token);
  return error as Failure;
};

describe("the account's calls", () => {
  it("read the bot, its webhook, quota and followers", async () => {
    const { line, account } = await setup((res, url) => {
      if (url === "/v2/bot/info")
        return json(res, 200, {
          userId,
          displayName: "Shop",
          basicId: "@shop",
          chatMode: "chat",
          x: 1,
        });
      if (url === "/v2/bot/channel/webhook/endpoint")
        return json(res, 200, { endpoint: "https://a.example/inbound/line", active: true });
      if (url === "/v2/bot/channel/webhook/test")
        return json(res, 200, {
          success: false,
          statusCode: 0,
          reason: "COULD_NOT_CONNECT",
          detail: "d",
          timestamp: "t",
        });
      if (url === "/v2/bot/message/quota") return json(res, 200, { type: "limited", value: 1_000 });
      if (url === "/v2/bot/message/quota/consumption") return json(res, 200, { totalUsage: 12 });
      return json(res, 200, { userIds: [userId, "not-one", 7], next: "n" });
    });
    await expect(account.botInfo(token)).resolves.toEqual({
      botUserId: userId,
      displayName: "Shop",
      basicId: "@shop",
      chatMode: "chat",
    });
    await expect(account.getWebhook(token)).resolves.toEqual({
      endpoint: "https://a.example/inbound/line",
      active: true,
    });
    await expect(account.testWebhook(token)).resolves.toEqual({
      success: false,
      statusCode: 0,
      reason: "COULD_NOT_CONNECT",
      detail: "d",
    });
    await expect(account.quota(token)).resolves.toBe(1_000);
    await expect(account.consumption(token)).resolves.toBe(12);
    await expect(account.followers(token, { start: "s", limit: 1_000 })).resolves.toEqual({
      userIds: [userId],
      next: "n",
    });
    expect(line.requests.at(-1)?.url).toBe("/v2/bot/followers/ids?start=s&limit=1000");
    expect(line.requests.every(({ headers }) => headers.authorization === `Bearer ${token}`)).toBe(
      true,
    );
  });

  it("verify tokens of both kinds without a token in the URL where LINE does not ask for it", async () => {
    const { line, account } = await setup((res, url, body) => {
      if (body.includes(token) && url === "/v2/oauth/verify")
        return json(res, 200, { client_id: "1234567890", expires_in: 3_138_007_490, scope: "x" });
      if (url.startsWith("/oauth2/v2.1/verify?access_token=jwt-token"))
        return json(res, 200, { client_id: "99", expires_in: 10 });
      return json(res, 400, {
        error: "invalid_request",
        error_description: "access token expired",
      });
    });
    await expect(account.verifyToken(token)).resolves.toEqual({
      channelId: "1234567890",
      expiresInSeconds: 3_138_007_490,
    });
    expect(line.requests.map(({ url }) => url)).toEqual(["/v2/oauth/verify"]);
    await expect(account.verifyToken("jwt-token")).resolves.toMatchObject({ channelId: "99" });
    await expect(failureOf(account.verifyToken("another"))).resolves.toMatchObject({
      code: "token_invalid",
      retry: "never",
    });
  });

  it("refuse a token that cannot travel in a header, without a call", async () => {
    const { line, account } = await setup((res) => json(res, 200, {}));
    for (const bad of ["a\r\nb", "ünï", "", "x".repeat(10_000)]) {
      await expect(failureOf(account.botInfo(bad))).resolves.toMatchObject({
        code: "token_invalid",
      });
      await expect(failureOf(account.verifyToken(bad))).resolves.toMatchObject({
        code: "token_invalid",
      });
    }
    expect(line.requests).toEqual([]);
  });

  it("issue stateless tokens, and say when id and secret are not a pair", async () => {
    const { line, account } = await setup((res, _url, body) =>
      body.includes("client_secret=right")
        ? json(res, 200, { token_type: "Bearer", access_token: "stateless", expires_in: 900 })
        : json(res, 400, { error: "invalid_client" }),
    );
    const issued = await account.issueStatelessToken({ channelId: "1", channelSecret: "right" });
    expect(issued.token).toBe("stateless");
    expect(issued.expiresAt.getTime() - Date.now()).toBeGreaterThan(890_000);
    expect(line.requests[0]?.body).toBe(
      "grant_type=client_credentials&client_id=1&client_secret=right",
    );
    await expect(
      failureOf(account.issueStatelessToken({ channelId: "1", channelSecret: "wrong" })),
    ).resolves.toMatchObject({ code: "secret_invalid" });
  });

  it("know absence from trouble", async () => {
    const { account } = await setup((res) => json(res, 404, { message: "Not found" }));
    await expect(account.profile(token, userId)).resolves.toBeUndefined();
    await expect(account.getWebhook(token)).resolves.toBeUndefined();
    await expect(failureOf(account.botInfo(token))).resolves.toMatchObject({
      code: "line.refused",
    });
  });

  it("say that LINE does not take a webhook URL", async () => {
    const { account } = await setup((res) =>
      json(res, 400, { message: "Invalid webhook endpoint URL" }),
    );
    await expect(failureOf(account.setWebhook(token, "https://a.example"))).resolves.toMatchObject({
      code: "webhook_url_invalid",
    });
  });

  it("tell what LINE would not take in a message", async () => {
    const { line, account } = await setup((res, _url, body) =>
      body.includes("good")
        ? json(res, 200, {})
        : json(res, 400, {
            message: "The request body has 2 error(s)",
            details: [
              { message: "May not be empty", property: "messages[0].text" },
              { message: "m2" },
            ],
          }),
    );
    await expect(account.validate(token, [{ type: "text", text: "good" }])).resolves.toEqual([]);
    await expect(account.validate(token, [{ type: "text", text: "" }])).resolves.toEqual([
      {
        message: "The request body has 2 error(s): May not be empty",
        property: "messages[0].text",
      },
      { message: "The request body has 2 error(s): m2" },
    ]);
    expect(line.requests[0]?.url).toBe("/v2/bot/message/validate/push");
  });

  it.each([
    [401, "{}", { code: "line.unauthorized", retry: "never" }],
    [403, "{}", { code: "line.forbidden", retry: "never" }],
    [429, "{}", { code: "line.rate_limited", retry: "later", retryAfterMs: 5_000 }],
    [
      429,
      '{"message":"You have reached your monthly limit."}',
      { code: "line.quota_exhausted", retry: "later" },
    ],
    [400, '{"message":"bad"}', { code: "line.refused", retry: "never" }],
    [500, "<html>", { code: "line.unavailable", retry: "backoff" }],
    [200, "<html>", { code: "line.unavailable", retry: "backoff" }],
    [200, "[]", { code: "line.unavailable", retry: "backoff" }],
    [200, `"${"x".repeat(100_000)}"`, { code: "line.unavailable", retry: "backoff" }],
  ])("turn %i %s into a failure that says what to do", async (status, body, failure) => {
    const { account } = await setup((res) => res.writeHead(status).end(body));
    await expect(failureOf(account.botInfo(token))).resolves.toMatchObject(failure);
  });

  it("do not follow redirects with the token", async () => {
    const elsewhere = await startFakeLine((_req, res) => json(res, 200, {}));
    const { account } = await setup((res) => {
      res.writeHead(307, { location: `${elsewhere.apiBaseUrl}/steal` }).end();
    });
    await expect(failureOf(account.botInfo(token))).resolves.toMatchObject({
      code: "line.unavailable",
    });
    await expect(failureOf(account.setWebhook(token, "https://a.example"))).resolves.toMatchObject({
      code: "line.unavailable",
    });
    expect(elsewhere.requests).toEqual([]);
  });

  it("end in time when LINE hangs, also in the middle of an answer", async () => {
    const { account } = await setup((res, url) => {
      if (url !== "/v2/bot/info") return;
      res.writeHead(200);
      const timer = setInterval(() => res.write(" "), 50);
      res.on("close", () => clearInterval(timer));
    });
    const startedAt = performance.now();
    const calls = [failureOf(account.botInfo(token)), failureOf(account.quota(token))];
    for (const failure of await Promise.all(calls)) expect(failure.code).toBe("line.unavailable");
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });

  it("keep a person's id in its place in the path", async () => {
    const { line, account } = await setup((res) => json(res, 200, { displayName: "a" }));
    await account.profile(token, "../../v2/bot/info").catch(() => undefined);
    expect(line.requests.map(({ url }) => url)).not.toContain("/v2/bot/info");
  });
});
