import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const bin = join(import.meta.dirname, "../../packages/cli/bin/yubin.mjs");

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** What it has written to standard error by now. */
  readonly told: () => string;
  readonly ended: Promise<Ended>;
}

export interface Where {
  readonly url: string;
  readonly apiKey: string;
}

/** The command line as people start it, without a terminal; what is in `env` comes on top, undefined takes away. */
export const startYubin = (
  { url, apiKey }: Where,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Running => {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { ...process.env, YUBIN_URL: url, YUBIN_API_KEY: apiKey, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      written[name] += text;
    });
  const ended = once(child, "close").then(([code, signal]: unknown[]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    ...written,
  }));
  return { child, told: () => written.stderr, ended };
};

export const yubin = (where: Where, ...args: readonly string[]): Promise<Ended> =>
  startYubin(where, args).ended;

/** The one document that a command gives to machines; fails where it was not done. */
export const yubinJson = async <Answer>(
  where: Where,
  ...args: readonly string[]
): Promise<Answer> => {
  const { code, stdout, stderr } = await yubin(where, ...args, "--json");
  if (code !== 0) throw new Error(`yubin ${args.join(" ")} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as Answer;
};

/** The documents of a list, one a line. */
export const yubinRows = async <Row>(where: Where, ...args: readonly string[]): Promise<Row[]> => {
  const { code, stdout, stderr } = await yubin(where, ...args, "--json");
  if (code !== 0) throw new Error(`yubin ${args.join(" ")} ended with ${code}: ${stderr}`);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Row);
};
