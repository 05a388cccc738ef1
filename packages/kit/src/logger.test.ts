import { Failure } from "@yubin/errors";
import { describe, expect, it } from "vitest";

import { createLogger } from "./logger.ts";

const setup = () => {
  const lines: string[] = [];
  const log = createLogger({
    service: "test",
    level: "debug",
    destination: { write: (line: string) => lines.push(line) },
  });
  const written = (): Record<string, unknown> => {
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith("\n")).toBe(true);
    expect(lines[0]?.trimEnd()).not.toContain("\n");
    return JSON.parse(lines[0] ?? "") as Record<string, unknown>;
  };
  return { log, lines, written };
};

describe("a log line", () => {
  it("is one JSON object with the service, a level in words and a time", () => {
    const { log, written } = setup();
    log.info({ queue: "messages", durationMs: 1.5 }, "job");
    expect(written()).toMatchObject({
      level: "info",
      service: "test",
      queue: "messages",
      durationMs: 1.5,
      msg: "job",
    });
    expect(Date.parse(String(written()["time"]))).toBeGreaterThan(0);
  });

  it.each([
    "authorization",
    "Authorization",
    "cookie",
    "token",
    "secret",
    "channelAccessToken",
    "channel_access_token",
    "channelSecret",
    "idToken",
    "password",
    "x-line-signature",
    "text",
    "messages",
    "body",
    "replyToken",
    "displayName",
    "email",
  ])("hides %s at every depth", (name) => {
    const { log, lines } = setup();
    log.warn(
      { [name]: "hunter2", a: { [name]: ["hunter2"], b: [{ [name]: { c: "hunter2" } }] } },
      "x",
    );
    log.child({ [name]: "hunter2" }).info({}, "x");
    expect(lines.join("")).not.toContain("hunter2");
    expect(lines.join("")).toContain("[redacted]");
  });

  it("keeps the names that only look alike", () => {
    const { log, written } = setup();
    log.info({ tokensLeft: 5, messageId: "msg_1", bodyBytes: 10 }, "x");
    expect(written()).toMatchObject({ tokensLeft: 5, messageId: "msg_1", bodyBytes: 10 });
  });

  it("escapes control characters, so that nobody writes lines or colours of their own", () => {
    const { log, lines, written } = setup();
    log.info({ name: 'a\u001b[31mred\r\n{"level":"fatal"}\u0000</script>' }, "x");
    expect(written()["name"]).toContain("red");
    // oxlint-disable-next-line no-control-regex -- the absence of control characters is what is tested
    expect(lines[0]?.trimEnd()).not.toMatch(/[\u0000-\u001f]/);
  });

  it("describes errors with code and causes, and without what they quote", () => {
    const { log, lines, written } = setup();
    const driver = Object.assign(
      new Error('E11000 duplicate key error dup key: { _id: "ws/email/hanako@example.com" }'),
      { code: 11_000, response: { headers: { authorization: "hunter2" } } },
    );
    log.error({ err: new Failure("store.unavailable", "later", { cause: driver }) }, "x");
    expect(written()["err"]).toMatchObject({
      type: "Failure",
      code: "store.unavailable",
      message: "later",
      cause: { code: 11_000, message: expect.stringContaining("E11000") as unknown },
    });
    expect(lines[0]).toContain("logger.test.ts");
    expect(lines[0]).not.toMatch(/hanako|hunter2/);
  });

  it.each([
    ["JSON.parse", () => JSON.parse('{"text": "hanako"') as unknown],
    ["JSON.parse of text", () => JSON.parse("hanako wrote this") as unknown],
    [
      "a URL",
      () => {
        throw new Error("cannot reach mongodb://root:hanako@db/x");
      },
    ],
    [
      "a header",
      () => {
        throw new Error("sent Bearer hanako");
      },
    ],
    [
      "an API key",
      () => {
        throw new Error("key yb_live_hanako_hanako");
      },
    ],
  ])("does not repeat what %s quotes in an error", (_what, fail) => {
    const { log, lines } = setup();
    try {
      fail();
    } catch (error) {
      log.error({ err: error }, "x");
      log.error(error);
      log.error({ err: error });
    }
    expect(lines).toHaveLength(3);
    expect(lines.join("")).not.toContain("hanako");
  });

  it.each([
    [
      "circular",
      () => {
        const a: Record<string, unknown> = {};
        a["a"] = { b: [a] };
        return a;
      },
    ],
    [
      "endless",
      () => {
        let a: Record<string, unknown> = {};
        for (let i = 0; i < 20_000; i += 1) a = { a };
        return a;
      },
    ],
    ["huge", () => ({ list: Array.from({ length: 1_000_000 }, (_, i) => i) })],
    [
      "with a getter that throws",
      () =>
        Object.defineProperty({}, "a", {
          enumerable: true,
          get: () => {
            throw new Error("no");
          },
        }),
    ],
    [
      "with a toJSON that throws",
      () => ({
        a: {
          toJSON: () => {
            throw new Error("no");
          },
        },
      }),
    ],
    [
      "a proxy that throws",
      () => ({
        a: new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error("no");
            },
            get: () => {
              throw new Error("no");
            },
            getPrototypeOf: () => {
              throw new Error("no");
            },
          },
        ),
      }),
    ],
    [
      "with odd values",
      () => ({
        a: 10n,
        b: Symbol("s"),
        c: () => 1,
        d: new Date(Number.NaN),
        e: Buffer.from("bytes"),
      }),
    ],
    [
      "an error that throws",
      () => ({
        err: Object.defineProperty(new Error("x"), "message", {
          get: () => {
            throw new Error("no");
          },
        }),
      }),
    ],
    [
      "an error that is its own cause",
      () => {
        const e: Error & { cause?: unknown } = new Error("x");
        e.cause = e;
        return { err: e };
      },
    ],
    ["a thrown text", () => ({ err: "text" })],
    ["an object without a prototype", () => ({ err: Object.create(null) as unknown })],
  ])("survives a field that is %s", (_what, fields) => {
    const { log, lines, written } = setup();
    log.info(fields(), "still here");
    expect(written()["msg"]).toBe("still here");
    expect(lines[0]?.length).toBeLessThan(20_000);
  });
});
