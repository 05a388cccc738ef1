import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";

import { createYubinClient } from "./client.ts";

type Answer = (req: IncomingMessage, res: ServerResponse) => Promise<void> | void;

const setup = async (...answers: Answer[]) => {
  let asked = 0;
  const server = createServer((req, res) => {
    const answer = answers[asked] ?? answers.at(-1);
    asked += 1;
    void answer?.(req, res);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}`;
  return createYubinClient({ baseUrl, apiKey: "yb_live_key", timeoutMs: 300, attemptsMax: 3 });
};

const textOf = async (stream: AsyncIterable<Uint8Array>): Promise<string> => {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces).toString();
};

it("sends a file anew, from its start and under its key, where it broke off", async () => {
  const seen: { key: unknown; type: unknown; url: unknown; text?: string }[] = [];
  const note = ({ headers, url }: IncomingMessage) => {
    const one = { key: headers["idempotency-key"], type: headers["content-type"], url };
    seen.push(one);
    return one;
  };
  const client = await setup(
    async (req) => {
      note(req);
      await once(req, "data");
      req.destroy();
    },
    async (req, res) => {
      Object.assign(note(req), { text: await textOf(req) });
      res.writeHead(202, { "content-type": "application/json" }).end('{"id":"imp_1"}');
    },
  );
  let opened = 0;
  const open = (): ReadableStream<Uint8Array> => {
    opened += 1;
    return ReadableStream.from(["userId\n", "a\n", "b\n"].map((line) => Buffer.from(line)));
  };
  const sent = await client.imports.send({ format: "csv", open }, { idempotencyKey: "file-1" });
  expect(sent).toEqual({ id: "imp_1" });
  expect(opened).toBe(2);
  const request = { key: "file-1", type: "text/csv", url: "/v1/imports?format=csv" };
  expect(seen).toEqual([request, { ...request, text: "userId\na\nb\n" }]);
});

it("reads an export for as long as it takes, and tells where it is not whole", async () => {
  const client = await setup(
    async (_req, res) => {
      res.writeHead(200, { "content-type": "application/x-ndjson" });
      for (const line of ["1\n", "2\n", "3\n"]) {
        res.write(line);
        await pause(200); // in all longer than the time for an answer
      }
      res.end();
    },
    async (_req, res) => {
      res.writeHead(200).write("1\n");
      await pause(50);
      res.destroy();
    },
  );
  expect(await textOf(await client.profiles.export("ndjson"))).toBe("1\n2\n3\n");
  await expect(client.profiles.export("ndjson").then(textOf)).rejects.toThrow("terminated");
});

it("puts filters into the query, and asks for the form of a file", async () => {
  const asked: unknown[] = [];
  const client = await setup((req, res) => {
    asked.push([req.method, req.url, req.headers.accept]);
    res.end("");
  });
  const filter = { identified: false, attributes: { plan: "a&b" }, name: undefined };
  await textOf(await client.profiles.export("csv", filter));
  expect(asked).toEqual([
    ["GET", "/v1/profiles?identified=false&attribute.plan=a%26b", "text/csv"],
  ]);
});
