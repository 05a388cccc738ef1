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

const whole = (standard: number, max: number, min = 1) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a number from ${min} to ${max}`)
    .default(standard);

const schema = z
  .object({
    MONGODB_URL: mongodbUrl,
    REDIS_URL: redisUrl,
    QUEUE_PREFIX: z.string().min(1).max(100).optional(),
    OPS_PORT: port(9_081),
    OPS_HOST: z.string().min(1).default("127.0.0.1"),
    YUBIN_SECRET_KEYS: secretKeys,
    LINE_API_BASE_URL: httpOrigin.default("https://api.line.me"),
    APPLY_CONCURRENCY: whole(4, 100),
    NAME_FETCHES_PER_SECOND: whole(50, 2_000),
    RECONCILE_EVERY_MS: whole(86_400_000, 864_000_000, 0),
    RECONCILE_SAMPLE: whole(1_000, 100_000),
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
    lineApiBaseUrl: env.LINE_API_BASE_URL,
    applyConcurrency: env.APPLY_CONCURRENCY,
    nameFetchesPerSecond: env.NAME_FETCHES_PER_SECOND,
    reconcileEveryMs: env.RECONCILE_EVERY_MS,
    reconcileSample: env.RECONCILE_SAMPLE,
    sweepEveryMs: env.SWEEP_EVERY_MS,
    logLevel: env.LOG_LEVEL,
    shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
  }));

export type Config = Readonly<z.output<typeof schema>>;

/** The names of all settings, to hold against what deploys the service and what describes it. */
export const settingNames: readonly string[] = Object.keys(schema.in.shape);

export const readConfig = (env: Environment): Config => loadConfig(schema, env);
