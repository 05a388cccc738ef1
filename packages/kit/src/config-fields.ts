import { z } from "zod";

/** A key of `YUBIN_SECRET_KEYS`: the first one seals, all of them open. */
export interface SecretKey {
  readonly id: string;
  readonly key: Buffer;
}

const mongodbHost = String.raw`(?:\[[\da-fA-F:.]+\]|[^\s:,@/?#[\]]+)(?::\d{1,5})?`;

/** Not a URL as others are: it may name several hosts. */
export const mongodbUrl = z
  .string()
  .regex(
    new RegExp(
      String.raw`^mongodb(?:\+srv)?://(?:[^\s@/]+@)?${mongodbHost}(?:,${mongodbHost})*/[^\s/?.]+`,
    ),
    "must be mongodb://host/database",
  );

export const redisUrl = z.string().refine(isRedisUrl, "must be redis://host:port");

/** A port to listen on; 0 takes any free one. */
export const port = (standard: number) =>
  whole("must be a port from 0 to 65535", 0, 65_535).default(standard);

export const shutdownGraceMs = whole(
  "must be milliseconds from 100 to 600000",
  100,
  600_000,
).default(25_000);

export const logLevel = z
  .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"], {
    error: "must be one of trace, debug, info, warn, error, fatal, silent",
  })
  .default("info");

/** `https://host[:port]`, without a path: LINE's SDK drops one. */
export const httpOrigin = z
  .string()
  .refine(isOrigin, "must be an origin such as https://yubin.example.com, without a path")
  .transform((text) => new URL(text).origin);

/** `id:base64-of-32-bytes[,older…]`, as `YUBIN_SECRET_KEYS` holds them. */
export const secretKeys = z
  .string()
  .transform((text) => text.split(",").map(toSecretKey))
  .refine(
    (keys) => keys.every((key) => key !== undefined),
    "must be id:base64-of-32-bytes, several separated by commas",
  )
  .transform((keys) => keys.filter((key) => key !== undefined))
  .refine(
    (keys) => new Set(keys.map(({ id }) => id)).size === keys.length,
    "must not use an id twice",
  );

function whole(message: string, min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

function isRedisUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && ["redis:", "rediss:"].includes(url.protocol) && url.hostname !== "";
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  if (!url || !["http:", "https:"].includes(url.protocol)) return false;
  return url.username === "" && url.pathname === "/" && url.search === "" && url.hash === "";
}

/** The id stands in every sealed text, before a dot. */
const toSecretKey = (text: string): SecretKey | undefined => {
  const [, id, base64] = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/]{43}=)$/.exec(text.trim()) ?? [];
  if (id === undefined || base64 === undefined) return undefined;
  return { id, key: Buffer.from(base64, "base64") };
};
