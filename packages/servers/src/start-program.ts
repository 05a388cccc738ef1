import { rm } from "node:fs/promises";

import { freePort, isFree } from "./free-port.ts";
import type { LocalServer, ServerGreeting, ServerKind, ServerProgram } from "./local-server.ts";
import { runProgram } from "./run-program.ts";
import type { RunningProgram } from "./run-program.ts";

const portAttemptsMax = 5;

/** What to run, as what, and on which data. */
export interface ProgramStart {
  readonly kind: ServerKind;
  readonly source: string;
  readonly program: ServerProgram;
  readonly log: (line: string) => void;
  readonly dataDir: string;
  /** The data goes when the server stops, or when this process dies. */
  readonly isTemporary: boolean;
}

/** Runs a server program on a free loopback port and waits until it answers. */
export const startProgram = async (start: ProgramStart): Promise<LocalServer> => {
  const { kind, source, program } = start;
  const { port, greeting, ...first } = await runOnFreePort(start);
  let running: RunningProgram | undefined = first.running;

  const end = async (how: "kill9" | "stop"): Promise<void> => {
    const ending = running;
    running = undefined;
    await ending?.[how]();
  };
  return {
    url: kind.urlOf(port),
    name: program.name ?? greeting.name,
    version: greeting.version,
    source,
    get pid() {
      return running?.pid();
    },
    kill9: () => end("kill9"),
    restart: async () => {
      await end("stop");
      running = (await run(start, port)).running;
    },
    stop: async () => {
      await end("stop");
      if (start.isTemporary) await removeFolder(start.dataDir);
    },
  };
};

interface Ready {
  readonly running: RunningProgram;
  readonly greeting: ServerGreeting;
}

const run = (start: ProgramStart, port: number): Promise<Ready> => {
  const { kind, program, log, dataDir, isTemporary } = start;
  return runProgram({
    command: program.command,
    args: program.args({ port, dataDir }),
    dataDir,
    isTemporary,
    log,
    greet: () => kind.greet(kind.urlOf(port)),
  });
};

/** A port can be taken between the look and the start; then another is tried. */
const runOnFreePort = async (start: ProgramStart): Promise<Ready & { readonly port: number }> => {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      return { port, ...(await run(start, port)) };
    } catch (error) {
      const isLost = !(await isFree(port)) && attempt < portAttemptsMax;
      if (isLost) continue;
      if (start.isTemporary) await removeFolder(start.dataDir);
      throw error;
    }
  }
};

const removeFolder = (path: string): Promise<void> =>
  rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
