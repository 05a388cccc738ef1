import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";

import { createYubinClient } from "./client.ts";

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

type Answer = (res: ServerResponse, seen: Seen) => void;

/** A server that gives these answers, the last one again and again. */
const setup = async (...answers: Answer[]) => {
  const seen: Seen[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      const one = {
        method: req.method ?? "",
        url: req.url ?? "",
        headers: req.headers,
        body: text === "" ? undefined : (JSON.parse(text) as unknown),
      };
      seen.push(one);
      (answers[seen.length - 1] ?? answers.at(-1))?.(res, one);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const client = createYubinClient({
    baseUrl: `http://127.0.0.1:${port}/`,
    apiKey: "yb_live_key",
    timeoutMs: 15_000,
    attemptsMax: 3,
  });
  return { client, seen };
};

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (res) => {
    res.writeHead(status, { "content-type": "application/json", ...headers });
    res.end(JSON.stringify(body));
  };
const reset: Answer = (res) => {
  res.destroy();
};
const busy = json(503, {
  error: { code: "store.unavailable", message: "wait", requestId: "req_1" },
});

it("sends a message under a key, and gives back its id", async () => {
  const { client, seen } = await setup(json(202, { id: "msg_1" }));
  const request = { to: "user:42", channelId: "chan_1", messages: [{ type: "text", text: "hi" }] };
  expect(await client.messages.send(request, { idempotencyKey: "order-7" })).toEqual({
    id: "msg_1",
  });
  expect(seen).toMatchObject([
    {
      method: "POST",
      url: "/v1/messages",
      body: request,
      headers: { authorization: "Bearer yb_live_key", "idempotency-key": "order-7" },
    },
  ]);
});

it("repeats what was not decided, each time under the same key", async () => {
  const { client, seen } = await setup(reset, busy, json(202, { id: "evt_1" }));
  expect(await client.identify({ userId: "42" })).toEqual({ id: "evt_1" });
  const keys = seen.map(({ headers }) => headers["idempotency-key"]);
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
});

it("gives up after its attempts and says why", async () => {
  const { client, seen } = await setup(busy);
  await expect(client.campaigns.launch("camp_1")).rejects.toMatchObject({
    name: "YubinError",
    code: "store.unavailable",
    status: 503,
    requestId: "req_1",
  });
  expect(seen).toHaveLength(3);
  const away = await setup(reset);
  await expect(away.client.channels.list()).rejects.toMatchObject({
    code: "unreachable",
    status: 0,
  });
});

it("does not repeat what was decided", async () => {
  const refusal = { code: "unknown_field", message: "no such field", field: "tos", requestId: "r" };
  const { client, seen } = await setup(json(400, { error: refusal }));
  await expect(client.messages.get("msg_1")).rejects.toMatchObject({
    status: 400,
    code: "unknown_field",
    field: "tos",
    message: "no such field",
  });
  expect(seen).toHaveLength(1);
});

it("understands a gateway that does not speak JSON", async () => {
  const { client } = await setup((res) => {
    res.writeHead(403, { "content-type": "text/html" }).end("<h1>no</h1>");
  });
  await expect(client.channels.list()).rejects.toMatchObject({ code: "http_403", status: 403 });
});

it("never carries its key to where a redirect points", async () => {
  const { client, seen } = await setup((res) => {
    res.writeHead(302, { location: "/elsewhere" }).end();
  });
  await expect(client.channels.get("chan_1")).rejects.toMatchObject({ code: "unreachable" });
  expect(seen.every(({ url }) => url === "/v1/channels/chan_1")).toBe(true);
});

it("archives a template, which is answered with nothing", async () => {
  const { client, seen } = await setup((res) => void res.writeHead(204).end());
  expect(await client.templates.archive("tmpl_1")).toBeUndefined();
  expect(seen).toMatchObject([{ method: "DELETE", url: "/v1/templates/tmpl_1" }]);
});

it("asks for recipients by what is given of a filter", async () => {
  const { client, seen } = await setup(json(200, { data: [], nextCursor: null }));
  await client.campaigns.recipients("camp_1", { outcome: "queued", reason: undefined });
  await client.campaigns.exportRecipients("camp_1", "csv", { reason: "not_found" });
  await client.templates.get("tmpl_1", 2);
  expect(seen.map(({ url, headers }) => [url, headers.accept])).toEqual([
    ["/v1/campaigns/camp_1/recipients?outcome=queued", "application/json"],
    ["/v1/campaigns/camp_1/recipients?reason=not_found", "text/csv"],
    ["/v1/templates/tmpl_1?version=2", "application/json"],
  ]);
});

it("asks for who is unknown, as a page and as a file, and for numbers by an interval", async () => {
  const { client, seen } = await setup(json(200, { data: [], nextCursor: null }));
  await client.unknowns.list({ campaignId: "camp_1", reason: undefined }, { limit: 2 });
  await client.unknowns.export("ndjson", { channelId: "chan_1" });
  await client.campaigns.metrics("camp_1");
  await client.campaigns.metrics("camp_1", { interval: "hour" });
  expect(seen.map(({ url, headers }) => [url, headers.accept])).toEqual([
    ["/v1/unknowns?campaignId=camp_1&limit=2", "application/json"],
    ["/v1/unknowns?channelId=chan_1", "application/x-ndjson"],
    ["/v1/campaigns/camp_1/metrics", "application/json"],
    ["/v1/campaigns/camp_1/metrics?interval=hour", "application/json"],
  ]);
});

it("puts references and pages into the URL safely", async () => {
  const { client, seen } = await setup(json(200, {}));
  await client.profiles.get("user:a/b?c");
  await client.campaigns.list({ limit: 10, cursor: "x&y" });
  await client.campaigns.list({ state: "scheduled", channelId: "chan_1" });
  await client.channels.change("chan/1", { limits: { push: 500, multicast: 50 } });
  expect(seen.map(({ url }) => url)).toEqual([
    "/v1/profiles/user%3Aa%2Fb%3Fc",
    "/v1/campaigns?limit=10&cursor=x%26y",
    "/v1/campaigns?state=scheduled&channelId=chan_1",
    "/v1/channels/chan%2F1",
  ]);
});
