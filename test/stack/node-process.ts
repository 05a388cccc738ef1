import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

export interface NodeProcess {
  readonly name: string;
  readonly pid: number | undefined;
  readonly isRunning: boolean;
  /** Where it says that it is ready; its metrics are beside it. */
  readonly readyUrl: string;
  /** Resolves when it has ended, however. */
  readonly ended: Promise<void>;
  /** As a crash: nothing in it gets to run. */
  kill9(): Promise<void>;
  /** SIGTERM, and SIGKILL when that takes longer than it may. Resolves with what it took. */
  stop(): Promise<{ readonly graceful: boolean; readonly tookMs: number }>;
  signal(name: NodeJS.Signals): void;
}

export interface NodeProcessOptions {
  readonly name: string;
  /** Path from the repository's root. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logDir: string;
  /** Answers 200 once it can work. */
  readonly readyUrl: string;
  readonly nodeArgs?: readonly string[];
}

const root = join(import.meta.dirname, "../..");
const preload = join(import.meta.dirname, "die-with-parent.ts");
const readyTimeoutMs = 180_000;
const stopTimeoutMs = 30_000;

/** Starts one of our processes and returns when it is ready; it dies with this process, however this ends. */
export const startNode = async (options: NodeProcessOptions): Promise<NodeProcess> => {
  const logPath = join(options.logDir, `${options.name}.log`);
  const { child, ended } = await spawnLogged(options, logPath);
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;

  await untilReady({ url: options.readyUrl, name: options.name, logPath, isOver });

  return {
    name: options.name,
    readyUrl: options.readyUrl,
    get pid() {
      return child.pid;
    },
    get isRunning() {
      return !isOver();
    },
    ended,
    kill9: async () => {
      child.ref(); // or nothing would keep this process waiting for it
      child.kill("SIGKILL");
      await ended;
    },
    stop: async () => {
      const startedAt = performance.now();
      child.ref();
      child.kill("SIGTERM");
      const graceful = await Promise.race([
        ended.then(() => true),
        pause(stopTimeoutMs, false, { ref: false }),
      ]);
      if (!graceful) child.kill("SIGKILL");
      await ended;
      return {
        graceful: graceful && child.exitCode === 0,
        tookMs: Math.round(performance.now() - startedAt),
      };
    },
    signal: (name) => {
      child.kill(name);
    },
  };
};

const spawnLogged = async (
  options: NodeProcessOptions,
  logPath: string,
): Promise<{ child: ChildProcess; ended: Promise<void> }> => {
  const log = await open(logPath, "a");
  try {
    const child = spawn(
      process.execPath,
      [
        "--disable-warning=ExperimentalWarning",
        "--import",
        preload,
        ...(options.nodeArgs ?? []),
        join(root, options.entry),
      ],
      {
        cwd: root,
        detached: true,
        env: { PATH: process.env["PATH"] ?? "", ...options.env },
        stdio: ["ignore", log.fd, log.fd, "ipc"],
      },
    );
    // From the start: what ends at once may have done so before anybody else gets to listen.
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    child.once("exit", () => resolve());
    await once(child, "spawn");
    child.unref();
    child.channel?.unref();
    return { child, ended };
  } finally {
    await log.close();
  }
};

const untilReady = async (wait: {
  readonly url: string;
  readonly name: string;
  readonly logPath: string;
  readonly isOver: () => boolean;
}): Promise<void> => {
  const deadline = performance.now() + readyTimeoutMs;
  for (;;) {
    const isReady = await fetch(wait.url, { signal: AbortSignal.timeout(2_000) }).then(
      async (answer) => {
        await answer.body?.cancel();
        return answer.ok;
      },
      () => false,
    );
    if (isReady) return;
    if (wait.isOver() || performance.now() > deadline) {
      const tail = (await readFile(wait.logPath, "utf8")).trim().split("\n").slice(-8).join("\n  ");
      throw new Error(
        `${wait.name} ${wait.isOver() ? "ended" : "is not ready"}; the end of its log:\n  ${tail}`,
      );
    }
    await pause(50);
  }
};
