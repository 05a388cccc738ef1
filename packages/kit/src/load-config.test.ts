import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import {
  httpOrigin,
  logLevel,
  mongodbUrl,
  port,
  redisUrl,
  secretKeys,
  shutdownGraceMs,
} from "./config-fields.ts";
import { ConfigError, loadConfig } from "./load-config.ts";

const key = randomBytes(32).toString("base64");
const schema = z
  .object({
    MONGODB_URL: mongodbUrl,
    REDIS_URL: redisUrl,
    PORT: port(8_080),
    PUBLIC_URL: httpOrigin,
    YUBIN_SECRET_KEYS: secretKeys,
    LOG_LEVEL: logLevel,
    SHUTDOWN_GRACE_MS: shutdownGraceMs,
  })
  .transform((env) => ({ mongodbUrl: env.MONGODB_URL, port: env.PORT, rest: env }));
const good = {
  MONGODB_URL: "mongodb://127.0.0.1:27017/yubin?directConnection=true",
  REDIS_URL: "redis://127.0.0.1:6379",
  PUBLIC_URL: "https://yubin.example.com/",
  YUBIN_SECRET_KEYS: `new:${key}, old:${key}`,
};
const problemsOf = (env: Record<string, string>): string => {
  try {
    loadConfig(schema, env);
    return "";
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
};

describe("the settings", () => {
  it("are one frozen value, with what is standard filled in", () => {
    const config = loadConfig(schema, { ...good, LOG_LEVEL: "", OTHER: "x" });
    expect(config).toMatchObject({
      port: 8_080,
      rest: {
        LOG_LEVEL: "info",
        SHUTDOWN_GRACE_MS: 25_000,
        PUBLIC_URL: "https://yubin.example.com",
      },
    });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.rest.YUBIN_SECRET_KEYS)).toBe(true);
    expect(config.rest.YUBIN_SECRET_KEYS.map(({ id }) => id)).toEqual(["new", "old"]);
    expect(config.rest.YUBIN_SECRET_KEYS[0]?.key.toString("base64")).toBe(key);
  });

  it("report every problem at once, by name and never by value", () => {
    const message = problemsOf({
      REDIS_URL: "http://user:hunter2@cache",
      PORT: "99999999",
      PUBLIC_URL: "https://yubin.example.com/path",
      YUBIN_SECRET_KEYS: "hunter2",
      LOG_LEVEL: "hunter2",
      SHUTDOWN_GRACE_MS: "-1",
    });
    expect(message.split("\n").map((line) => line.trim().split(" ")[0])).toEqual([
      "The",
      "MONGODB_URL",
      "REDIS_URL",
      "PORT",
      "PUBLIC_URL",
      "YUBIN_SECRET_KEYS",
      "LOG_LEVEL",
      "SHUTDOWN_GRACE_MS",
    ]);
    expect(message).toContain("MONGODB_URL is missing");
    expect(message).not.toMatch(/hunter2|99999999|undefined/);
  });

  it.each([
    ["MONGODB_URL", "mongodb://host:27017"],
    ["MONGODB_URL", "mongodb://host:27017/"],
    ["MONGODB_URL", "mongodb://:27017/yubin"],
    ["MONGODB_URL", "mongodb://user:password@/yubin"],
    ["MONGODB_URL", "mongodb://mongo1,:27018/yubin"],
    ["MONGODB_URL", "mongodb://mongo:port/yubin"],
    ["REDIS_URL", "localhost:6379"],
    ["REDIS_URL", "redis://"],
    ["REDIS_URL", "redis://:6379"],
    ["REDIS_URL", "redis://:password@:6379"],
    ["REDIS_URL", "redis://cache:99999"],
    ["PORT", "65536"],
    ["PORT", "8080x"],
    ["PORT", "0x50"],
    ["PUBLIC_URL", "ftp://example.com"],
    ["PUBLIC_URL", "https://user@example.com"],
    ["PUBLIC_URL", "https://example.com/?a=1"],
    ["YUBIN_SECRET_KEYS", `k:${randomBytes(31).toString("base64")}`],
    ["YUBIN_SECRET_KEYS", `k:${key},k:${key}`],
    ["YUBIN_SECRET_KEYS", `a.b:${key}`],
    ["YUBIN_SECRET_KEYS", `k:${key},`],
    ["SHUTDOWN_GRACE_MS", "25s"],
  ])("refuse %s=%s", (name, value) => {
    expect(problemsOf({ ...good, [name]: value })).toContain(name);
  });

  it.each([
    ["MONGODB_URL", "mongodb://mongo/yubin"],
    ["MONGODB_URL", "mongodb://user:p%40ss@mongo1:27017,mongo2,[::1]:27018/yubin?replicaSet=rs0"],
    ["MONGODB_URL", "mongodb+srv://user:password@cluster.example.com/yubin?w=majority"],
    ["REDIS_URL", "redis://cache"],
    ["REDIS_URL", "redis://[::1]:6379/2"],
    ["REDIS_URL", "rediss://:p%40ss@redis.example.com:6380"],
  ])("take %s=%s", (name, value) => {
    expect(problemsOf({ ...good, [name]: value })).toBe("");
  });
});
