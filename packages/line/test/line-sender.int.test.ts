import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";

import { createLineSender, type LineSenderOptions } from "../src/index.ts";
import { json, startFakeLine } from "./start-fake-line.ts";

const send = {
  token: "a-token",
  body: '{"to":"U1","messages":[{"type":"text","text":"日本語 \\/"}]}',
  retryKey: "123e4567-e89b-12d3-a456-426614174000",
};

const senderTo = (options: LineSenderOptions) => {
  const sender = createLineSender(options);
  onTestFinished(() => sender.close(0));
  return sender;
};

/** A server below HTTP: what it writes need not be an answer. It writes `text` once, or again and again. */
const startRawServer = async (
  text: string,
  { everyMs, endAfterMs }: { readonly everyMs?: number; readonly endAfterMs?: number } = {},
) => {
  const server = createServer((socket) => {
    const timers: NodeJS.Timeout[] = [];
    socket.on("error", () => undefined);
    socket.on("close", () => timers.forEach((timer) => clearTimeout(timer)));
    socket.once("data", () => {
      socket.write(text);
      if (everyMs !== undefined) timers.push(setInterval(() => socket.write(text), everyMs));
      if (endAfterMs !== undefined) timers.push(setTimeout(() => socket.destroy(), endAfterMs));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

describe("a send", () => {
  it("puts exactly the frozen bytes and the key on the wire", async () => {
    const line = await startFakeLine((_req, res) => {
      res.setHeader("x-line-request-id", "r1");
      json(res, 200, { sentMessages: [{ id: "461230966842064897", quoteToken: "q" }] });
    });
    const sender = senderTo(line);
    await expect(sender.push(send)).resolves.toEqual({
      kind: "accepted",
      requestId: "r1",
      sentMessageIds: ["461230966842064897"],
      repeated: false,
    });
    await sender.multicast({ ...send, body: Buffer.from(send.body) });
    await sender.reply({ token: send.token, body: send.body });

    expect(line.requests.map(({ url }) => url)).toEqual([
      "/v2/bot/message/push",
      "/v2/bot/message/multicast",
      "/v2/bot/message/reply",
    ]);
    expect(new Set(line.requests.map(({ body }) => body))).toEqual(new Set([send.body]));
    expect(line.requests.map(({ headers }) => headers["x-line-retry-key"])).toEqual([
      send.retryKey,
      send.retryKey,
      undefined,
    ]);
    expect(line.requests[0]?.headers).toMatchObject({
      authorization: "Bearer a-token",
      "content-type": "application/json",
    });
  });

  it("of a reply knows no 409, as it has no key under which it could have been taken", async () => {
    const line = await startFakeLine((_req, res) => {
      res.writeHead(409).end();
    });
    const { token, body } = send;
    await expect(senderTo(line).reply({ token, body })).resolves.toMatchObject({
      kind: "refused",
      status: 409,
    });
  });

  it("that was taken before is accepted, also when LINE's 409 has no body", async () => {
    const line = await startFakeLine((_req, res) => {
      res.writeHead(409, { "x-line-accepted-request-id": "first" }).end();
    });
    await expect(senderTo(line).push(send)).resolves.toEqual({
      kind: "accepted",
      requestId: "first",
      sentMessageIds: [],
      repeated: true,
    });
  });

  it("is accepted by its status when 50 MB follow, of which next to nothing is read", async () => {
    let sent = 0;
    const line = await startFakeLine((_req, res) => {
      res.writeHead(200);
      const more = (): void => {
        while (sent < 50_000_000 && res.writable && res.write(Buffer.alloc(65_536, "x")))
          sent += 65_536;
        if (sent >= 50_000_000) res.end();
      };
      res.on("drain", more);
      more();
    });
    await expect(senderTo(line).push(send)).resolves.toMatchObject({
      kind: "accepted",
      sentMessageIds: [],
    });
    expect(sent).toBeLessThan(10_000_000);
  });

  it("is accepted by its status when the body breaks off or never ends", async () => {
    const start = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{";
    const broken = await startRawServer(start, { endAfterMs: 20 });
    const endless = await startRawServer(start);
    for (const apiBaseUrl of [broken, endless])
      await expect(senderTo({ apiBaseUrl, timeoutMs: 6_000 }).push(send)).resolves.toMatchObject({
        kind: "accepted",
      });
  });

  it("is never led to another host", async () => {
    const elsewhere = await startFakeLine((_req, res) => json(res, 200, {}));
    const line = await startFakeLine((_req, res) => {
      res.writeHead(302, { location: `${elsewhere.apiBaseUrl}/steal` }).end();
    });
    await expect(senderTo(line).push(send)).resolves.toEqual({
      kind: "unknown",
      reason: "redirect",
    });
    expect(elsewhere.requests).toEqual([]);
  });

  it("is unknown in time when LINE takes it and hangs", async () => {
    const line = await startFakeLine(() => undefined);
    const startedAt = performance.now();
    await expect(senderTo({ ...line, timeoutMs: 200 }).push(send)).resolves.toEqual({
      kind: "unknown",
      reason: "timeout",
    });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it("is unknown in time when it waits for a connection behind hanging calls", async () => {
    const line = await startFakeLine(() => undefined);
    const sender = senderTo({ ...line, connections: 1, timeoutMs: 1_000 });
    const answers = await Promise.all([sender.push(send), sender.push(send), sender.push(send)]);
    expect(answers).toEqual(answers.map(() => ({ kind: "unknown", reason: "timeout" })));
  });

  it("whose time was over before it had a connection keeps no sender from its end", async () => {
    const line = await startFakeLine(() => undefined);
    for (let round = 0; round < 30; round += 1) {
      const sender = createLineSender({ ...line, connections: 1, timeoutMs: 30 + (round % 7) });
      await Promise.all([sender.push(send), sender.push(send), sender.push(send)]);
      await expect(Promise.race([sender.close(0), delay(5_000, "never")])).resolves.toBeUndefined();
    }
  });

  it("whose time was over before it had a connection is never made, and takes none from the next", async () => {
    const line = await startFakeLine((req, res) => {
      if (req.headers["x-line-retry-key"] === "late") json(res, 200, {});
    });
    const sender = senderTo({ ...line, connections: 1, timeoutMs: 500 });
    await Promise.all([sender.push(send), sender.push(send), sender.push(send)]);
    await expect(sender.push({ ...send, retryKey: "late" })).resolves.toMatchObject({
      kind: "accepted",
    });
    expect(line.requests.map(({ headers }) => headers["x-line-retry-key"])).toEqual([
      send.retryKey,
      "late",
    ]);
    expect(line.sockets()).toBe(2);
  });

  it("is not made where it may not start when a connection has it, and leaves the connection to the next", async () => {
    const line = await startFakeLine((_req, res) => json(res, 200, {}));
    const sender = senderTo({ ...line, connections: 1 });
    const asked: string[] = [];
    const push = (retryKey: string, may: boolean) => {
      const mayStart = (): boolean => asked.push(retryKey) > 0 && may;
      return sender.push({ ...send, retryKey, mayStart });
    };
    const notMade = { kind: "not_made" };
    await expect(push("first", false)).resolves.toEqual(notMade);
    await expect(push("second", true)).resolves.toMatchObject({ kind: "accepted" });
    // Also on a connection that was in use.
    await expect(push("third", false)).resolves.toEqual(notMade);
    await expect(push("fourth", true)).resolves.toMatchObject({ kind: "accepted" });
    expect(asked).toEqual(["first", "second", "third", "fourth"]);
    expect(line.requests.map(({ headers }) => headers["x-line-retry-key"])).toEqual([
      "second",
      "fourth",
    ]);
    expect(line.sockets()).toBe(1);
  });

  it("is asked whether it may start when its turn has come, and not when it is told of", async () => {
    const line = await startFakeLine((_req, res) => void setTimeout(() => json(res, 200, {}), 200));
    const sender = senderTo({ ...line, connections: 1 });
    const startedAt = performance.now();
    const mayStart = (): boolean => performance.now() - startedAt < 100;
    await expect(
      Promise.all([sender.push({ ...send, mayStart }), sender.push({ ...send, mayStart })]),
    ).resolves.toMatchObject([{ kind: "accepted" }, { kind: "not_made" }]);
    expect(line.requests).toHaveLength(1);
  });

  it.each([
    ["under a flood of 1xx", "HTTP/1.1 102 Processing\r\n\r\n", "timeout"],
    ["when one byte comes at a time", "H", "protocol"],
  ])("is unknown in time %s", async (_how, text, reason) => {
    const apiBaseUrl = await startRawServer(text, { everyMs: 5 });
    await expect(senderTo({ apiBaseUrl, timeoutMs: 1_000 }).push(send)).resolves.toEqual({
      kind: "unknown",
      reason,
    });
  });

  it.each([
    ["a reset after the request", "", "reset"],
    ["something that is not HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "protocol"],
    ["headers without an end", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}\r\n\r\n`, "protocol"],
  ])("is unknown after %s", async (_what, text, reason) => {
    const apiBaseUrl = await startRawServer(text, { endAfterMs: 50 });
    await expect(senderTo({ apiBaseUrl }).push(send)).resolves.toEqual({ kind: "unknown", reason });
  });

  it("is known not to have arrived when there is no connection", async () => {
    const apiBaseUrl = "http://127.0.0.1:9"; // discard: nobody listens
    await expect(senderTo({ apiBaseUrl }).push(send)).resolves.toEqual({
      kind: "unknown",
      reason: "unreachable",
    });
  });

  it("ends with the caller's signal, before and during the call", async () => {
    const line = await startFakeLine(() => undefined);
    const sender = senderTo(line);
    const stop = new AbortController();
    const call = sender.push(send, stop.signal);
    await expect.poll(() => line.requests.length, { timeout: 10_000 }).toBe(1);
    stop.abort();
    const aborted = { kind: "unknown", reason: "aborted" };
    await expect(call).resolves.toEqual(aborted);
    await expect(sender.push(send, stop.signal)).resolves.toEqual(aborted);
    expect(line.requests).toHaveLength(1);
  });

  it("with a token that cannot be in a header is not made", async () => {
    const line = await startFakeLine((_req, res) => json(res, 200, {}));
    const token = "a\r\nx-evil: 1";
    await expect(senderTo(line).push({ ...send, token })).resolves.toEqual({
      kind: "unauthorized",
    });
    expect(line.requests).toEqual([]);
  });

  it("shares a bounded number of connections with the others", async () => {
    const line = await startFakeLine((_req, res) => {
      setTimeout(() => json(res, 200, {}), 5);
    });
    const sender = senderTo({ ...line, connections: 8, timeoutMs: 40_000 });
    const sends = Array.from({ length: 200 }, () => sender.push(send));
    expect(sender.inFlight()).toBe(200);
    const answers = await Promise.all(sends);
    expect(answers.every(({ kind }) => kind === "accepted")).toBe(true);
    expect(line.sockets()).toBeLessThanOrEqual(8);
    expect(sender.inFlight()).toBe(0);
  });

  it("under way is waited for at the end, but not for longer than asked", async () => {
    const slow = await startFakeLine((_req, res) => {
      setTimeout(() => json(res, 200, {}), 100);
    });
    const patient = createLineSender(slow);
    const finished = patient.push(send);
    await patient.close(5_000);
    await expect(finished).resolves.toMatchObject({ kind: "accepted" });

    const hanging = await startFakeLine(() => undefined);
    const impatient = createLineSender(hanging);
    const cut = impatient.push(send);
    await expect.poll(() => hanging.requests.length, { timeout: 10_000 }).toBe(1);
    const startedAt = performance.now();
    await impatient.close(100);
    await expect(cut).resolves.toMatchObject({ kind: "unknown" });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});
