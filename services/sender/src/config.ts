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

const whole = (standard: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a number from 1 to ${max}`)
    .transform(Number)
    .refine((value) => value >= 1 && value <= max, `must be a number from 1 to ${max}`)
    .default(standard);

const schema = z
  .object({
    MONGODB_URL: mongodbUrl,
    REDIS_URL: redisUrl,
    QUEUE_PREFIX: z.string().min(1).max(100).optional(),
    OPS_PORT: port(9_082),
    OPS_HOST: z.string().min(1).default("127.0.0.1"),
    YUBIN_SECRET_KEYS: secretKeys,
    PUBLIC_URL: httpOrigin,
    LINE_API_BASE_URL: httpOrigin.default("https://api.line.me"),
    LINE_CONNECTIONS: whole(256, 4_096),
    MESSAGE_CONCURRENCY: whole(64, 1_000),
    BATCH_CONCURRENCY: whole(16, 200),
    SWEEP_EVERY_MS: whole(5_000, 600_000),
    LOG_LEVEL: logLevel,
    SHUTDOWN_GRACE_MS: shutdownGraceMs,
  })
  .transform((env) => ({
    mongoUrl: env.MONGODB_URL,
    redisUrl: env.REDIS_URL,
    queuePrefix: env.QUEUE_PREFIX,
    opsPort: env.OPS_PORT,
    opsHost: env.OPS_HOST,
    secretKeys: env.YUBIN_SECRET_KEYS,
    publicUrl: env.PUBLIC_URL,
    lineApiBaseUrl: env.LINE_API_BASE_URL,
    lineConnections: env.LINE_CONNECTIONS,
    messageConcurrency: env.MESSAGE_CONCURRENCY,
    batchConcurrency: env.BATCH_CONCURRENCY,
    sweepEveryMs: env.SWEEP_EVERY_MS,
    logLevel: env.LOG_LEVEL,
    shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
  }));

export type Config = Readonly<z.output<typeof schema>>;

/** The names of all settings, to hold against what deploys the service and what describes it. */
export const settingNames: readonly string[] = Object.keys(schema.in.shape);

export const readConfig = (env: Environment): Config => loadConfig(schema, env);
