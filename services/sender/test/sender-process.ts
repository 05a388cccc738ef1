import { spawn } from "node:child_process";
import { once } from "node:events";

import { until, type World } from "./open-world.ts";

/** What a sender does to itself, before or after which of its effects; `visit` counts from 1. */
export interface Fate {
  readonly step: string;
  readonly visit?: number;
  readonly signal: "SIGKILL" | "SIGSTOP";
}

/** What it says last. */
export const fateWords = "meets its fate";

/** A sender as a process of its own, in the world of a test. */
export interface SenderProcess {
  signal(name: NodeJS.Signals): void;
  /** The signal that ended it, or null. */
  readonly ended: Promise<NodeJS.Signals | null>;
  /** Waits until it sends itself its signal. */
  untilFate(): Promise<void>;
  /** Waits until this stands in its log. */
  untilLogged(text: string): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export const startSenderProcess = async (world: World, fate?: Fate): Promise<SenderProcess> => {
  const fixture = new URL("./fixtures/sender-with-a-fate.ts", import.meta.url).pathname;
  const child = spawn(
    process.execPath,
    [fixture, JSON.stringify(world.environment), JSON.stringify(fate ?? null)],
    { stdio: ["ignore", "pipe", "inherit", "ipc"] },
  );
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, "exit").then(([, signal]) => signal as NodeJS.Signals | null);
  const early = await Promise.race([once(child, "message"), ended]);
  if (early === null) throw new Error(`the sender did not start:\n${output}`);

  const untilLogged = (text: string): Promise<void> =>
    until(() => output.includes(text), { what: `the log to say ${text}`, timeoutMs: 120_000 });
  return {
    signal: (name) => void child.kill(name),
    ended,
    untilFate: () => untilLogged(fateWords),
    untilLogged,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL"); // also ends what stands still
      await ended;
    },
  };
};
