import { YubinError } from "@yubin/client";

import type { GlobalOptions } from "./cli.ts";
import type { Io } from "./io.ts";
import { Misuse } from "./misuse.ts";
import { visibleJson, visibleText } from "./output/visible-text.ts";

/** Tells why a command was not done, without a stack, and returns its exit code. */
export const reportFailure = (io: Io, error: unknown, { json }: GlobalOptions): number => {
  const told = toldOf(error);
  io.stderr.write(json ? `${visibleJson({ error: told })}\n` : `yubin: ${sentenceOf(told)}\n`);
  return error instanceof Misuse ? 2 : 1;
};

interface Told {
  readonly code: string;
  readonly message: string;
  readonly field?: string | undefined;
  readonly status?: number;
  readonly requestId?: string | undefined;
}

const toldOf = (error: unknown): Told => {
  if (error instanceof YubinError) {
    const { code, message, field, status, requestId } = error;
    return { code, message, field, status, requestId };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: error instanceof Misuse ? "misuse" : "unexpected", message };
};

const sentenceOf = ({ code, message, field, requestId }: Told): string => {
  const known = Object.entries({ field, request: requestId }).filter(([, value]) => value);
  const details = known.map(([name, value]) => `${name} ${value}`).join(", ");
  const text = code === "misuse" ? message : `${code}: ${message}`;
  return visibleText(details === "" ? text : `${text} (${details})`);
};
