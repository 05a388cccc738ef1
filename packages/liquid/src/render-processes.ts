import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

import type { Turn, Words } from "./render-turn.ts";

export type TurnEnd =
  /** Of the first people of the turn, one at least. */
  | { readonly kind: "rendered"; readonly words: readonly Words[] }
  /** The process ended, or had to be, on one of them: who it was nobody knows. */
  | { readonly kind: "died"; readonly of: "template_timeout" | "template_memory" }
  | { readonly kind: "closed" };

export interface RenderProcess {
  /** One turn at a time. Never rejects. */
  run(turn: Turn): Promise<TurnEnd>;
  close(): void;
}

/** Gone before a template can make the machine feel it; what is small is thrown away often. */
const memory = ["--max-old-space-size=64", "--max-semi-space-size=8"];
/**
 * A renderer stops what takes too long by itself, so one that says nothing for this long is stuck. Looks are counted,
 * as a clock goes on while a machine stands still.
 */
const lookEveryMs = 100;
const looksMax = { start: 600, answer: 30 };

/**
 * A process that renders, replaced when it dies. It is a process and not a thread, since a thread that asks for too
 * much memory at once takes the whole process with it, whatever limit it was given.
 */
export const createRenderProcess = (): RenderProcess => {
  let child: Child | undefined;
  let closed = false;
  return {
    run: async (turn) => {
      if (closed) return { kind: "closed" };
      if (!child?.process.connected) child = spawn();
      const end = await answerOf(child, turn);
      if (end.kind === "died") {
        child.process.kill("SIGKILL");
        // At once, so that nobody waits for it longer than necessary.
        child = closed ? undefined : spawn();
      }
      return closed ? { kind: "closed" } : end;
    },
    close: () => {
      closed = true;
      child?.process.kill("SIGKILL");
    },
  };
};

interface Child {
  readonly process: ChildProcess;
  ready: boolean;
}

const spawn = (): Child => {
  const process = fork(fileURLToPath(new URL("render-process.ts", import.meta.url)), {
    serialization: "advanced",
    // Nothing of ours: neither the secrets in the environment nor flags.
    env: {},
    execArgv: memory,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  // By itself it keeps nobody alive, and its end is noticed by whoever asks it for something.
  process.unref();
  process.channel?.unref();
  process.on("error", () => undefined);
  return { process, ready: false };
};

const answerOf = async (child: Child, turn: Turn): Promise<TurnEnd> => {
  const { promise, resolve } = Promise.withResolvers<TurnEnd>();
  let looks = 0;
  const timer = setInterval(() => {
    looks += 1;
    if (looks > (child.ready ? looksMax.answer : looksMax.start))
      resolve({ kind: "died", of: "template_timeout" });
  }, lookEveryMs);
  const onMessage = (message: unknown): void => {
    if (message !== "ready")
      return resolve({ kind: "rendered", words: message as readonly Words[] });
    child.ready = true;
    looks = 0;
  };
  const onGone = (): void => resolve({ kind: "died", of: "template_memory" });
  const { process } = child;
  process.on("message", onMessage);
  process.on("exit", onGone);
  process.channel?.ref();
  process.send(turn, (error) => {
    if (error) onGone();
  });
  try {
    return await promise;
  } finally {
    clearInterval(timer);
    process.off("message", onMessage);
    process.off("exit", onGone);
    process.channel?.unref();
  }
};
