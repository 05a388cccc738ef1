import {
  type Bindings,
  type DestinationStream,
  type LevelWithSilent,
  type LogFn,
  type Logger,
  pino,
} from "pino";

import { redact } from "./redact.ts";

export type { Logger } from "pino";

export interface LoggerOptions {
  readonly service: string;
  readonly level: LevelWithSilent;
  /** Standard output, unless a test wants to read along. */
  readonly destination?: DestinationStream;
}

/**
 * One JSON object a line. Fields with the name of a secret, a message or something personal are redacted at every
 * depth; give errors as `err`. The sentence itself is never redacted, so it must be a constant.
 */
export const createLogger = ({ service, level, destination }: LoggerOptions): Logger => {
  const logger: Logger = pino(
    {
      level,
      base: { service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: redact },
      // Already described by redact; pino's own serializer would look at the error again.
      serializers: { err: (described: unknown) => described },
      hooks: { logMethod: writeSafely },
    },
    ...(destination ? ([destination] as const) : []),
  );
  // Children take their fields past the formatters; they inherit this from their parent.
  const child: ChildOf = logger.child;
  return Object.assign(logger, {
    child(this: Logger, bindings: Bindings, options?: object) {
      return child.call(this, redact(bindings), options) as Logger;
    },
  });
};

type ChildOf = (this: Logger, bindings: Bindings, options?: object) => unknown;

/** Without a sentence pino would take the error's own message for one, and show it as it is. */
function writeSafely(this: Logger, args: Parameters<LogFn>, write: LogFn): void {
  const line = args.length === 1 && typeof args[0] === "object" ? [args[0], "error"] : args;
  try {
    write.apply(this, line as Parameters<LogFn>);
  } catch {
    write.apply(this, [{}, "a log line could not be written"]);
  }
}
