import { expect, it } from "vitest";
import { startBotServer } from "./bot-server.ts";
import { setup } from "./setup.ts";
import type { Setup } from "./setup.ts";

const verify = async (world: Setup, form: Record<string, string>) => {
  const { status, json } = await world.call("POST", "/oauth2/v2.1/verify", {
    token: null,
    body: new URLSearchParams(form).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
  return status === 200 ? json : [status, json["error"], json["error_description"]];
};

it("tells whose an ID token is, and refuses others as LINE Login documents", async () => {
  await using world = await setup();
  const { simulator } = world;
  const [ann] = world.friends;
  const { channelId } = simulator.addLoginChannel();
  const other = simulator.addLoginChannel();
  const mint = (options = {}) => simulator.mintIdToken(channelId, ann, options);
  const client_id = channelId;
  const refused = (description: string) => [400, "invalid_request", description];

  expect(await verify(world, { id_token: mint({ nonce: "n" }), client_id, nonce: "n" })).toEqual({
    iss: "https://access.line.me",
    sub: ann,
    aud: channelId,
    exp: expect.any(Number),
    iat: expect.any(Number),
    nonce: "n",
    amr: ["linesso"],
    name: simulator.person("provider-1", ann)?.displayName,
  });
  const forged = mint().replace(/\.[^.]+$/, `.${mint({ nonce: "x" }).split(".")[2]}`);
  for (const [form, description] of [
    [{ id_token: "x" }, "Invalid IdToken."],
    [{ id_token: forged }, "Invalid IdToken."],
    [{ id_token: `${mint()}.x` }, "Invalid IdToken."],
    [{ id_token: mint({ expiresInSeconds: -1 }) }, "IdToken expired."],
    [{ id_token: mint({ audience: "1" }) }, "Invalid IdToken Audience."],
    [{ id_token: simulator.mintIdToken(other.channelId, ann) }, "Invalid IdToken Audience."],
    [{ id_token: mint({ issuer: "https://evil.example" }) }, "Invalid IdToken Issuer."],
    [{ id_token: mint({ nonce: "n" }), nonce: "m" }, "Invalid IdToken Nonce."],
    [{ id_token: mint(), nonce: "m" }, "Invalid IdToken Nonce."],
    [{ id_token: mint(), user_id: world.friends[1] }, "Invalid IdToken Subject Identifier."],
  ] as const)
    expect(await verify(world, { client_id, ...form })).toEqual(refused(description));
});

it("tells whose an access token is, until it ends", async () => {
  await using world = await setup();
  const { simulator } = world;
  const [ann] = world.friends;
  const { channelId } = simulator.addLoginChannel();
  const token = simulator.mintAccessToken(channelId, ann);
  const look = (path: string) => world.call("GET", path, { token });
  expect((await look(`/oauth2/v2.1/verify?access_token=${token}`)).json).toEqual({
    scope: "profile openid",
    client_id: channelId,
    expires_in: 3_600,
  });
  expect((await look("/v2/profile")).json).toMatchObject({ userId: ann });
  simulator.advanceClock(3_600_000);
  expect(await look(`/oauth2/v2.1/verify?access_token=${token}`)).toMatchObject({
    status: 400,
    json: { error: "invalid_request", error_description: "access token expired" },
  });
  expect((await look("/v2/profile")).status).toBe(401);
});

it("ends account linking on a page, as whoever holds the phone", async () => {
  await using bot = await startBotServer();
  await using world = await setup({}, { webhookUrl: bot.url });
  const { simulator, channel } = world;
  const [ann, bob] = world.friends;
  await simulator.webhooks.settled();
  const seen = bot.events().length;
  const issue = async () => {
    const { json } = await world.call("POST", `/v2/bot/user/${ann}/linkToken`);
    return json["linkToken"] as string;
  };
  const open = (linkToken: string, more = "", nonce = "n0123456789") =>
    world.call("GET", `/dialog/bot/accountLink?linkToken=${linkToken}&nonce=${nonce}${more}`, {
      token: null,
    });
  const links = async () => {
    await simulator.webhooks.settled();
    return bot
      .events()
      .slice(seen)
      .map((event) => [event["link"], event["source"]]);
  };

  const first = await issue();
  expect((await open(first)).text).toContain(`value="${ann}"`);
  expect((await open(first, "", "short")).status).toBe(400);
  expect(await links()).toEqual([]);
  expect((await open(first, `&as=${ann}`)).text).toContain("Accounts linked");
  const ok = [
    { result: "ok", nonce: "n0123456789" },
    { type: "user", userId: ann },
  ];
  expect(await links()).toEqual([ok]);

  expect((await open(first, `&as=${ann}`)).text).toContain("has expired");
  expect((await open(`"><script>`, `&as=${ann}`)).text).not.toContain("<script>");
  const late = await issue();
  simulator.advanceClock(600_000);
  expect((await open(late, `&as=${ann}`)).status).toBe(400);
  expect(await links()).toEqual([ok]);

  simulator.holdPhone(bob);
  expect((await open(await issue())).text).toContain("another LINE account");
  expect(await links()).toEqual([ok, [{ result: "failed", nonce: "n0123456789" }, undefined]]);
  expect(channel.channelId).not.toBe("");
});

it("has levers for all of it", async () => {
  await using world = await setup();
  const [ann] = world.friends;
  const pull = async (method: string, path: string, body: unknown) => {
    const { status, json } = await world.call(method, `/_sim${path}`, {
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    });
    return { status, json };
  };
  const made = await pull("POST", "/login-channels", { provider: "provider-1" });
  const client_id = made.json["channelId"] as string;
  const path = `/login-channels/${client_id}`;
  const idToken = await pull("POST", `${path}/id-token`, { userId: ann, expiresInSeconds: -5 });
  expect(idToken.status).toBe(201);
  expect(await verify(world, { id_token: idToken.json["token"] as string, client_id })).toEqual([
    400,
    "invalid_request",
    "IdToken expired.",
  ]);
  expect((await pull("POST", `${path}/access-token`, { userId: ann })).status).toBe(201);
  expect((await pull("POST", `${path}/id-token`, { userId: "U1" })).status).toBe(404);
  expect((await pull("POST", "/login-channels/9/id-token", { userId: ann })).status).toBe(404);
  expect((await pull("POST", "/login-channels", { channelId: client_id })).status).toBe(400);
  expect((await pull("PUT", "/phone", { userId: ann })).status).toBe(200);
});
