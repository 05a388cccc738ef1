import { setTimeout as pause } from "node:timers/promises";
import { Failure } from "@yubin/errors";
import type { Request } from "express";
import { describe, expect, it } from "vitest";

import {
  createLogger,
  errorHandler,
  type ErrorHandlerOptions,
  parseJson,
  readBody,
} from "../src/index.ts";
import { startApp, talk } from "./start-app.ts";

const circular = (): Error => {
  const error: Error & { self?: unknown } = new Error("hunter2");
  error.self = error;
  return error;
};
const refuse = (): never => {
  throw new Error("hunter2");
};

describe("an error", () => {
  it("is answered in the shape of the contract, with an id that is ours", async () => {
    const { url } = await startApp((app) => {
      app.get("/", () => {
        throw new Failure("type_invalid", "must be a text", { field: "traits.age" });
      });
    });
    const answer = await fetch(url, { headers: { "x-request-id": "req_of_the_client" } });
    expect(answer.status).toBe(400);
    expect(answer.headers.get("x-request-id")).toMatch(/^req_[0-9a-f]{24}$/);
    await expect(answer.json()).resolves.toEqual({
      error: {
        code: "type_invalid",
        message: "must be a text",
        field: "traits.age",
        requestId: answer.headers.get("x-request-id"),
      },
    });
  });

  it("that says when to come back does so in seconds", async () => {
    const { url } = await startApp((app) => {
      app.get("/", async () => {
        await Promise.resolve();
        throw new Failure("in_progress", "still running", { retryAfterMs: 1_200 });
      });
    });
    const answer = await fetch(url);
    expect(answer.status).toBe(409);
    expect(answer.headers.get("retry-after")).toBe("2");
  });

  it.each([
    ["an error", () => new Error("hunter2")],
    ["a text", () => "hunter2"],
    ["a circular error", circular],
    [
      "a proxy",
      () => new Proxy(new Error("x"), { get: refuse, getPrototypeOf: refuse, has: refuse }),
    ],
    [
      "an error with a status of its own",
      () => Object.assign(new Error("hunter2"), { status: 503 }),
    ],
    ["an object that is no error", () => ({ status: 404, toString: refuse })],
  ])("that nobody foresaw (%s) is 500 internal and says nothing", async (_what, thrown) => {
    const { url, lines } = await startApp((app) => {
      app.get("/", () => {
        throw thrown();
      });
      app.get("/alive", (_req, res) => {
        res.json({});
      });
    });
    const answer = await fetch(url);
    expect(answer.status).toBe(500);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({
      error: { code: "internal", requestId: expect.stringMatching(/^req_/) as unknown },
    });
    expect(text).not.toContain("hunter2");
    expect(lines.some((line) => line.includes('"level":"error"'))).toBe(true);
    expect((await fetch(`${url}/alive`)).status).toBe(200);
  });

  it.each<[string, Partial<ErrorHandlerOptions>]>([
    ["what names failures throws", { failureOf: refuse }],
    ["the log throws", { log: { error: refuse } as never }],
    ["the metrics throw", { metrics: { counter: () => ({ inc: refuse }) } as never }],
  ])(
    "in the error handler itself (%s) is 500 internal, and the process lives",
    async (_what, broken) => {
      const { url, log } = await startApp((app) => {
        app.get("/alive", (_req, res) => {
          res.json({});
        });
        app.get("/", () => {
          throw circular();
        });
        app.use(
          errorHandler({ log: createLogger({ service: "test", level: "silent" }), ...broken }),
        );
      });
      const answer = await fetch(url);
      expect(answer.status).toBe(500);
      await expect(answer.json()).resolves.toMatchObject({
        error: { code: "internal", requestId: answer.headers.get("x-request-id") },
      });
      expect((await fetch(`${url}/alive`)).status).toBe(200);
      expect(() => log.error({ err: circular(), big: 1n, log }, "still writes")).not.toThrow();
    },
  );

  it("after half an answer breaks it, so that nobody takes it for whole", async () => {
    const { url } = await startApp((app) => {
      app.get("/", (_req, res) => {
        res.writeHead(200, { "content-type": "application/json" });
        res.write('{"a":');
        throw new Error("too late");
      });
    });
    await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow(
      /terminated|fetch failed/,
    );
  });

  it("before the body is read closes the connection with the answer", async () => {
    const { port } = await startApp((app) => {
      app.post("/", () => {
        throw new Failure("signature_missing", "no signature");
      });
    });
    const said = await talk(port, (write) =>
      write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\nx"),
    );
    expect(said).toMatch(/^HTTP\/1\.1 401 /);
    expect(said.toLowerCase()).toContain("connection: close");
  });

  it("of the JSON parser reaches the caller with its field", async () => {
    const { url } = await startApp((app) => {
      app.post(
        "/",
        readBody({ maxBytes: 1_000, timeoutMs: 20_000 }),
        (req: Request<object, unknown, Buffer>, res) => {
          res.json(parseJson(req.body, { depth: 5 }));
        },
      );
    });
    const answer = await fetch(url, { method: "POST", body: '{"a":{"__proto__":1}}' });
    await expect(answer.json()).resolves.toMatchObject({
      error: { code: "key_forbidden", field: "a.__proto__" },
    });
  });
});

describe("the end of listening", () => {
  it("lets a request finish, tells its connection to go, and takes no more", async () => {
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const app = await startApp((routes) => {
      routes.get("/", async (_req, res) => {
        start();
        await pause(300); // the length of the request, not a wait for anything
        res.json({});
      });
    });
    const said = talk(app.port, (write) => write("GET / HTTP/1.1\r\nhost: a\r\n\r\n"));
    const idle = talk(app.port, () => undefined);
    await started;
    await app.close(5_000); // all of which the connection that asked for nothing takes
    expect(await said).toMatch(/^HTTP\/1\.1 200 /);
    expect((await said).toLowerCase()).toContain("connection: close");
    expect(await idle).toBe("");
    await expect(fetch(app.url)).rejects.toThrow("fetch failed");
  });

  it("cuts what does not finish", async () => {
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const app = await startApp((routes) => {
      routes.get("/", () => start());
    });
    const said = talk(app.port, (write) => write("GET / HTTP/1.1\r\nhost: a\r\n\r\n"));
    await started;
    const startedAt = performance.now();
    await app.close(200);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(await said).toBe("");
  });
});
