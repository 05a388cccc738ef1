/** An error as a log line can hold it. */
export interface ErrorDescription {
  readonly type: string;
  readonly message: string;
  readonly code?: string | number;
  readonly stack?: string;
  readonly cause?: ErrorDescription;
}

const causesMax = 5;
const textCharsMax = 2_000;
const stackCharsMax = 8_000;

/**
 * Describes whatever was thrown. It never throws itself, whatever the thing does when it is looked at, and leaves out
 * the parts of messages that repeat what people or systems sent.
 */
export const describeError = (thrown: unknown, depth = 0): ErrorDescription => {
  if (typeof thrown !== "object" || thrown === null)
    return { type: typeof thrown, message: discreet(textOf(thrown)) };

  const code = look(thrown, "code");
  const stack = look(thrown, "stack");
  const cause = look(thrown, "cause");
  return {
    type: textOf(look(thrown, "name") ?? "Error").slice(0, 100),
    message: discreet(textOf(look(thrown, "message") ?? "")),
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    ...(typeof stack === "string" ? { stack: framesOf(stack) } : {}),
    ...(cause !== undefined && depth < causesMax ? { cause: describeError(cause, depth + 1) } : {}),
  };
};

const look = (thing: object, key: string): unknown => {
  try {
    return (thing as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
};

const textOf = (value: unknown): string => {
  try {
    return String(value);
  } catch {
    return "(cannot be shown)";
  }
};

/** The stack's first line repeats the message, so only the frames are kept. */
const framesOf = (stack: string): string =>
  stack
    .slice(0, stackCharsMax)
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .join("\n");

/** JSON.parse quotes what it could not read, MongoDB quotes the key that was there already, clients quote URLs. */
const discreet = (message: string): string =>
  message
    .slice(0, textCharsMax)
    .replace(/^.* is not valid JSON$/s, "not valid JSON")
    .replace(/dup key: .*$/s, "dup key: (left out)")
    .replaceAll(/\/\/[^/\s@]*@/g, "//(left out)@")
    .replaceAll(/\bBearer\s+\S+/gi, "Bearer (left out)")
    .replaceAll(/\byb_live_[\w-]+/g, "yb_live_(left out)");
