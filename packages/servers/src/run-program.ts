import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import type { ServerGreeting } from "./local-server.ts";
import { watch } from "./watch.ts";

const readyTimeoutMs = 60_000;
const stopTimeoutMs = 15_000;
const pollMs = 50;
const logTailLines = 5;

/** One run of a server's program, from start to end. */
export interface RunningProgram {
  pid(): number | undefined;
  kill9(): Promise<void>;
  stop(): Promise<void>;
}

/** What to run and how to tell that it serves. */
export interface ProgramRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly dataDir: string;
  readonly isTemporary: boolean;
  readonly log: (line: string) => void;
  readonly greet: () => Promise<ServerGreeting>;
}

/** Starts the program and returns once it answers; rejects with the end of its log when it does not. */
export const runProgram = async (
  run: ProgramRun,
): Promise<{ running: RunningProgram; greeting: ServerGreeting }> => {
  await mkdir(run.dataDir, { recursive: true });
  const { child, ended } = await spawnLogged(run);
  const disarm = watch(child.pid, run.isTemporary ? run.dataDir : undefined);

  let isWanted = true;
  const onEnd = async (): Promise<void> => {
    await ended;
    disarm();
    if (isWanted) run.log(`ended by itself (${child.signalCode ?? `exit code ${child.exitCode}`})`);
  };
  void onEnd();
  const running: RunningProgram = {
    pid: () => (isOver(child) ? undefined : child.pid),
    kill9: async () => {
      isWanted = false;
      child.ref(); // someone waits for its end now
      child.kill("SIGKILL");
      await ended;
    },
    stop: async () => {
      isWanted = false;
      child.ref();
      child.kill("SIGTERM");
      await Promise.race([ended, delay(stopTimeoutMs, undefined, { ref: false })]);
      child.kill("SIGKILL");
      await ended;
    },
  };
  try {
    return { running, greeting: await greeted(run, child) };
  } catch (error) {
    await running.kill9();
    throw error;
  }
};

const logOf = ({ dataDir }: ProgramRun): string => join(dataDir, "server.log");

/** In a session of its own: an interrupt at the terminal reaches this process, which then ends the server in order. */
const spawnLogged = async (
  run: ProgramRun,
): Promise<{ child: ChildProcess; ended: Promise<void> }> => {
  const log = await open(logOf(run), "a");
  try {
    const child = spawn(run.command, run.args, {
      cwd: run.dataDir,
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
    });
    // From the start: a program that ends at once may have done so before anybody else gets to listen.
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    child.once("exit", () => resolve());
    await once(child, "spawn");
    child.unref();
    return { child, ended };
  } finally {
    await log.close();
  }
};

const greeted = async (run: ProgramRun, child: ChildProcess): Promise<ServerGreeting> => {
  const deadline = performance.now() + readyTimeoutMs;
  for (;;) {
    try {
      return await run.greet();
    } catch (error) {
      if (isOver(child)) throw new Error(`did not start: ${await logTail(run)}`, { cause: error });
      if (performance.now() > deadline) {
        throw new Error(`did not answer in ${readyTimeoutMs / 1000} s`, { cause: error });
      }
      await delay(pollMs);
    }
  }
};

const isOver = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null;

const logTail = async (run: ProgramRun): Promise<string> => {
  const lines = (await readFile(logOf(run), "utf8")).trim().split("\n");
  return lines.slice(-logTailLines).join(" | ") || "it wrote nothing";
};
