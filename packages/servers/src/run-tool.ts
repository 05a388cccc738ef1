import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const progressEveryMs = 10_000;
const tailLines = 6;

/** A command that takes a while. */
export interface ToolRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly log: (line: string) => void;
  /** What is being done, for the progress lines. */
  readonly title: string;
  readonly timeoutMs: number;
}

/** Runs a command to its end with a progress line every ten seconds; rejects with its last lines when it fails. */
export const runTool = async (run: ToolRun): Promise<void> => {
  const startedAt = performance.now();
  const seconds = (): number => Math.round((performance.now() - startedAt) / 1000);
  const child = spawn(run.command, run.args, {
    env: { ...process.env, ...run.env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: run.timeoutMs,
  });
  const tail: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      if (line.trim() !== "") tail.push(line.trim());
      if (tail.length > tailLines) tail.shift();
    });
  }
  run.log(run.title);
  const progress = setInterval(
    () => run.log(`${run.title}: ${seconds()} s, ${tail.at(-1) ?? "working"}`),
    progressEveryMs,
  );
  try {
    await new Promise<void>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => {
        if (code === 0) resolve();
        else reject(new Error(`${run.title} failed after ${seconds()} s: ${tail.join(" | ")}`));
      });
    });
  } finally {
    clearInterval(progress);
  }
};
