import { connect } from "node:net";
import type { Request } from "express";
import { describe, expect, it } from "vitest";

import { methodNotAllowed, readBody } from "../src/index.ts";
import { startApp, talk } from "./start-app.ts";

const startEcho = (limits = { maxBytes: 1_000, timeoutMs: 20_000 }, server = {}) =>
  startApp((app) => {
    app.post("/echo", readBody(limits), (req: Request<object, unknown, Buffer>, res) => {
      expect(Buffer.isBuffer(req.body)).toBe(true);
      res.json({ bytes: req.body.length });
    });
    app.all("/echo", methodNotAllowed(["POST"]));
  }, server);

const head = (...headers: string[]): string =>
  `${["POST /echo HTTP/1.1", "host: a", ...headers].join("\r\n")}\r\n\r\n`;

describe("a body", () => {
  it("is the raw bytes, also when there are none", async () => {
    const { url } = await startEcho();
    for (const body of ["", "abc", Buffer.alloc(1_000, "x")]) {
      const answer = await fetch(`${url}/echo`, { method: "POST", body });
      await expect(answer.json()).resolves.toEqual({ bytes: body.length });
    }
  });

  it.each(["gzip", "deflate", "br", "zstd", "GZIP", "identity, gzip"])(
    "in %s is not unpacked",
    async (encoding) => {
      const { url } = await startEcho();
      const headers = { "content-encoding": encoding };
      const answer = await fetch(`${url}/echo`, { method: "POST", body: "abc", headers });
      expect(answer.status).toBe(415);
      await expect(answer.json()).resolves.toMatchObject({
        error: { code: "encoding_unsupported" },
      });
    },
  );

  it("in identity is taken", async () => {
    const { url } = await startEcho();
    const headers = { "content-encoding": "identity" };
    expect((await fetch(`${url}/echo`, { method: "POST", body: "abc", headers })).status).toBe(200);
  });

  it("of one byte too many is refused, the connection closed, and the sender hears why", async () => {
    const { port } = await startEcho();
    const said = await talk(port, (write) =>
      write(`${head("content-length: 1001")}${"x".repeat(1_001)}`),
    );
    expect(said).toMatch(/^HTTP\/1\.1 413 /);
    expect(said.toLowerCase()).toContain("connection: close");
    expect(said).toContain('"code":"body_too_large"');
  });

  it("that declares gigabytes is refused before it is sent", async () => {
    const { port } = await startEcho();
    const said = await talk(port, (write) => write(head("content-length: 99999999999")));
    expect(said).toMatch(/^HTTP\/1\.1 413 /);
    expect(said.toLowerCase()).toContain("connection: close");
  });

  it("in chunks without end is refused when there is too much of it", async () => {
    const { port } = await startEcho();
    const said = await talk(port, (write) => {
      write(head("transfer-encoding: chunked"));
      for (let i = 0; i < 20; i += 1) write(`64\r\n${"x".repeat(100)}\r\n`);
    });
    expect(said).toMatch(/^HTTP\/1\.1 413 /);
    expect(said.toLowerCase()).toContain("connection: close");
  });

  it.each(["", "x"])("that stops arriving (%j) is refused in time", async (start) => {
    const { port } = await startEcho({ maxBytes: 1_000, timeoutMs: 200 });
    const said = await talk(port, (write) => write(`${head("content-length: 10")}${start}`));
    expect(said).toMatch(/^HTTP\/1\.1 408 /);
    expect(said).toContain('"code":"body_timeout"');
    expect(said.toLowerCase()).toContain("connection: close");
  });

  it("that trickles does not keep others waiting", async () => {
    const { port, url } = await startEcho({ maxBytes: 1_000_000, timeoutMs: 1_000 });
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const slow = talk(port, (write) => {
      write(head("content-length: 500000"));
      const timer = setInterval(() => write("x"), 20).unref();
      setTimeout(() => clearInterval(timer), 10_000).unref();
      begin();
    });
    await begun;
    expect((await fetch(`${url}/echo`, { method: "POST", body: "abc" })).status).toBe(200);
    expect(await slow).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("whose sender leaves costs nothing but its own request", async () => {
    const { port, url, lines } = await startEcho();
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(`${head("content-length: 10")}x`, () => socket.resetAndDestroy());
    });
    await new Promise((resolve) => socket.on("close", resolve));
    expect((await fetch(`${url}/echo`, { method: "POST", body: "abc" })).status).toBe(200);
    expect(lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});

describe("what is not well-formed HTTP", () => {
  it.each([
    [
      "two lengths",
      "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    ],
    ["a length and chunks", `${head("content-length: 4", "transfer-encoding: chunked")}0\r\n\r\n`],
    ["bare line feeds", "POST /echo HTTP/1.1\nhost: a\ncontent-length: 0\n\n"],
    ["a header with NUL", head("x: a\0b")],
    ["no HTTP at all", "hello\r\n\r\n"],
    ["no host", "POST /echo HTTP/1.1\r\n\r\n"],
    ["a TLS greeting", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n"],
  ])("(%s) gets 400 and no second chance", async (_what, bytes) => {
    const { port, url } = await startEcho();
    const said = await talk(port, (write) => write(Buffer.from(bytes, "latin1")));
    expect(said).toMatch(/^HTTP\/1\.1 400 /);
    expect(said.toLowerCase()).toContain("connection: close");
    expect((await fetch(`${url}/echo`, { method: "POST", body: "abc" })).status).toBe(200);
  });

  it("is answered in the shape of the contract", async () => {
    const { port, lines } = await startEcho();
    const said = await talk(port, (write) => write("hello\r\n\r\n"));
    const { error } = JSON.parse(said.split("\r\n\r\n")[1] ?? "") as {
      error: { code: string; requestId: string };
    };
    expect(error).toMatchObject({
      code: "request_invalid",
      requestId: expect.stringMatching(/^req_/) as unknown,
    });
    expect(said).toContain(`x-request-id: ${error.requestId}\r\n`);
    expect(lines.filter((line) => line.includes(error.requestId))).toHaveLength(1);
  });

  it("gets 431 for endless headers", async () => {
    const { port } = await startEcho();
    const said = await talk(port, (write) => write(head(`x: ${"y".repeat(20_000)}`)));
    expect(said).toMatch(/^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
    expect(said).toContain('"code":"header_too_large"');
  });

  it.each(["", "POST /echo HTTP/1.1\r\nhost: a\r\nx: "])(
    "gets 408 for headers that do not come (%j)",
    async (start) => {
      const { port } = await startEcho(undefined, {
        headersTimeoutMs: 300,
        requestTimeoutMs: 600,
        checkEveryMs: 50,
      });
      expect(await talk(port, (write) => write(start))).toMatch(/^HTTP\/1\.1 408 /);
    },
  );

  it.each(["GET", "PUT", "DELETE", "TRACE", "PATCH"])(
    "by %s where only POST is gets 405",
    async (method) => {
      const { port } = await startEcho();
      const said = await talk(port, (write) =>
        write(head("connection: close").replace("POST", method)),
      );
      expect(said).toMatch(/^HTTP\/1\.1 405 /);
      expect(said.toLowerCase()).toContain("allow: post");
    },
  );

  it.each([
    ["/things/%", 400],
    ["/things/%ff", 400],
    ["/things/%00", 200],
    ["/../../etc/passwd", 404],
    [`/${"a".repeat(10_000)}`, 404],
  ])("in the path %s gets %i", async (path, status) => {
    const { port } = await startApp((app) => {
      app.get("/things/:id", (req, res) => {
        res.json({ id: req.params.id });
      });
    });
    const said = await talk(port, (write) =>
      write(`GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`),
    );
    expect(said).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });
});
