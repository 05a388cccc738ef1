import { PassThrough } from "node:stream";

import { runCli, type Io } from "@yubin/cli";

import type { Where } from "./run-yubin.ts";

/** One command at a terminal at which somebody types; what it showed, and its exit code. */
export const atTerminal = async (
  { url, apiKey }: Where,
  args: readonly string[],
  typed: string,
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> => {
  const terminal = () => Object.assign(new PassThrough(), { isTTY: true, columns: 100 });
  const stdin = terminal();
  const outputs = { stdout: terminal(), stderr: terminal() };
  const io: Io = {
    stdin,
    ...outputs,
    env: { YUBIN_URL: url, YUBIN_API_KEY: apiKey },
    onInterrupt: () => () => undefined,
  };
  stdin.end(`${typed}\n`);
  const code = await runCli(args, io);
  const text = (stream: PassThrough): string => String(stream.read() ?? "");
  return { code, stdout: text(outputs.stdout), stderr: text(outputs.stderr) };
};
