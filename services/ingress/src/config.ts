import {
  httpOrigin,
  loadConfig,
  logLevel,
  mongodbUrl,
  port,
  redisUrl,
  secretKeys,
  shutdownGraceMs,
  type Environment,
} from "@yubin/kit";
import { z } from "zod";

const count = (standard: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a number from 0 to ${max}`)
    .transform(Number)
    .refine((value) => value <= max, `must be a number from 0 to ${max}`)
    .default(standard);

const schema = z
  .object({
    MONGODB_URL: mongodbUrl,
    REDIS_URL: redisUrl,
    QUEUE_PREFIX: z.string().min(1).max(100).optional(),
    PORT: port(8_080),
    HOST: z.string().min(1).optional(),
    OPS_PORT: port(9_080),
    OPS_HOST: z.string().min(1).default("127.0.0.1"),
    PUBLIC_URL: httpOrigin,
    YUBIN_SECRET_KEYS: secretKeys,
    YUBIN_ADMIN_KEY: z
      .string()
      .regex(/^yb_live_[A-Za-z0-9_-]{22,128}$/, "must be yb_live_ and 22 to 128 of A-Z a-z 0-9 _ -")
      .optional(),
    LINE_API_BASE_URL: httpOrigin.default("https://api.line.me"),
    LINE_ACCESS_BASE_URL: httpOrigin.default("https://access.line.me"),
    RATE_LIMIT_PER_MINUTE: count(60_000, 100_000_000),
    AUTH_FAILURES_PER_MINUTE: count(1_000, 1_000_000),
    TRUSTED_PROXIES: count(0, 10),
    LOG_LEVEL: logLevel,
    SHUTDOWN_GRACE_MS: shutdownGraceMs,
  })
  .transform((env) => ({
    mongoUrl: env.MONGODB_URL,
    redisUrl: env.REDIS_URL,
    queuePrefix: env.QUEUE_PREFIX,
    port: env.PORT,
    host: env.HOST,
    opsPort: env.OPS_PORT,
    opsHost: env.OPS_HOST,
    publicUrl: env.PUBLIC_URL,
    secretKeys: env.YUBIN_SECRET_KEYS,
    adminKey: env.YUBIN_ADMIN_KEY,
    lineApiBaseUrl: env.LINE_API_BASE_URL,
    lineAccessBaseUrl: env.LINE_ACCESS_BASE_URL,
    rateLimitPerMinute: env.RATE_LIMIT_PER_MINUTE,
    authFailuresPerMinute: env.AUTH_FAILURES_PER_MINUTE,
    trustedProxies: env.TRUSTED_PROXIES,
    logLevel: env.LOG_LEVEL,
    shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
  }));

export type Config = Readonly<z.output<typeof schema>>;

/** The names of all settings, to hold against what deploys the service and what describes it. */
export const settingNames: readonly string[] = Object.keys(schema.in.shape);

export const readConfig = (env: Environment): Config => loadConfig(schema, env);
