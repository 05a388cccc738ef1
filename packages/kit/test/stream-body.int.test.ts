import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { RequestHandler } from "express";
import { expect, it } from "vitest";

import { streamBody, type StreamLimits } from "../src/index.ts";
import { startApp, talk } from "./start-app.ts";

/** Answers how many bytes came, once all are here. */
const startCounter = (limits: Partial<StreamLimits> = {}) =>
  startApp(
    (app) => {
      app.post("/count", counter({ maxBytes: 1_000, idleMs: 400, ...limits }));
      app.post("/slow", (req, res) => {
        req.resume().once("end", () => res.json({}));
      });
    },
    { requestTimeoutMs: 300 },
  );
const counter =
  (limits: StreamLimits): RequestHandler =>
  async (req, res) => {
    let bytes = 0;
    for await (const piece of streamBody(req, limits)) bytes += piece.length;
    res.set("connection", "close").json({ bytes });
  };
const head = (path: string, ...more: string[]): string =>
  [`POST ${path} HTTP/1.1`, "host: a", "connection: close", ...more, "", ""].join("\r\n");

it("takes longer than other requests may, for as long as bytes come", async () => {
  const { port } = await startCounter();
  const slowly = (path: string) =>
    talk(port, (write) => {
      write(head(path, "content-length: 40"));
      for (let n = 1; n <= 8; n += 1) setTimeout(() => write("12345"), n * 100);
    });
  expect(await slowly("/count")).toMatch(/^HTTP\/1\.1 200 [\s\S]*\{"bytes":40\}$/);
  expect(await slowly("/slow")).toMatch(/^HTTP\/1\.1 408 [\s\S]*"body_timeout"/);
});

it.each([
  ["declared as too large", [head("/count", "content-length: 1001")], "413", "body_too_large"],
  [
    "too large without saying so",
    [head("/count", "transfer-encoding: chunked"), `3e9\r\n${"x".repeat(1_001)}\r\n`],
    "413",
    "body_too_large",
  ],
  ["of which no more comes", [head("/count", "content-length: 10"), "x"], "408", "body_timeout"],
  [
    "that is compressed",
    [head("/count", "content-length: 1", "content-encoding: gzip"), "x"],
    "415",
    "encoding_unsupported",
  ],
] as const)("refuses a body %s", async (_, pieces, status, code) => {
  const { port } = await startCounter();
  const said = await talk(port, (write) => {
    for (const piece of pieces) write(piece);
  });
  expect(said).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*"${code}"`));
});

it("is told of a connection that ends before the body", async () => {
  const { port, lines, log } = await startCounter();
  const socket = connect(port, "127.0.0.1");
  socket.write(`${head("/count", "content-length: 10")}x`);
  await pause(100);
  socket.destroy();
  await pause(100);
  expect(lines.filter((line) => line.includes("request failed"))).toEqual([]);
  log.info("still alive");
  expect(lines.at(-1)).toContain("still alive");
});
