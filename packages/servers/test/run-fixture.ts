import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { onTestFinished } from "vitest";

/** A program of the fixtures folder as a process of its own. */
export interface RunningFixture {
  readonly process: ChildProcess;
  /** The next line that it prints; rejects when it ends without one. */
  readonly nextLine: () => Promise<string>;
}

/** Starts a program of the fixtures folder; it is killed with the test. */
export const runFixture = (
  name: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): RunningFixture => {
  const child = spawn(process.execPath, [join(import.meta.dirname, "fixtures", name), ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  return {
    process: child,
    nextLine: async () => {
      const line = await lines.next();
      if (line.done) throw new Error(`${name} ended without a line`);
      return line.value;
    },
  };
};

/** Kills it as a crash would and waits for its end. */
export const kill9 = async ({ process: child }: RunningFixture): Promise<void> => {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
};
