import { describeError } from "./describe-error.ts";

const hidden = "[redacted]";
const depthMax = 6;
const itemsMax = 100;

/** Compared without case and punctuation: `channelAccessToken`, `channel_access_token` and `X-Line-Signature` all count. */
const secretNames = new Set(
  `
    authorization proxyauthorization cookie setcookie password apikey
    token accesstoken channelaccesstoken idtoken linktoken replytoken
    secret secrets channelsecret clientsecret xlinesignature signature
    text message messages body payload traits data email phone
    displayname pictureurl statusmessage
  `
    .trim()
    .split(/\s+/),
);

/**
 * A copy of a log line's fields without secrets, message texts and personal data, at every depth it prints.
 * Errors are described, endless and hostile structures cut: what is logged can never harm whoever logs.
 */
export const redact = (fields: object): Record<string, unknown> => {
  const copy = copyOf(fields, 0, new Set());
  return typeof copy === "object" && copy !== null
    ? (copy as Record<string, unknown>)
    : { value: copy };
};

const copyOf = (value: unknown, depth: number, above: Set<object>): unknown => {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "function" || typeof value === "symbol") return `[${typeof value}]`;
  if (typeof value !== "object" || value === null) return value;
  try {
    if (value instanceof Error) return describeError(value);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (above.has(value)) return "[circular]";
    if (depth >= depthMax) return "[deeper]";
    return insideOf(value, depth, new Set([...above, value]));
  } catch {
    return "[cannot be shown]";
  }
};

const insideOf = (value: object, depth: number, above: Set<object>): unknown => {
  if (Array.isArray(value))
    return value.slice(0, itemsMax).map((item) => copyOf(item, depth + 1, above));
  return Object.fromEntries(
    Object.keys(value)
      .slice(0, itemsMax)
      .map((key) => [key, isSecret(key) ? hidden : fieldOf(value, key, depth, above)]),
  );
};

const fieldOf = (value: object, key: string, depth: number, above: Set<object>): unknown => {
  try {
    return copyOf((value as Record<string, unknown>)[key], depth + 1, above);
  } catch {
    return "[cannot be shown]";
  }
};

const isSecret = (key: string): boolean =>
  secretNames.has(key.toLowerCase().replaceAll(/[^a-z]/g, ""));
