/** Runs everything that CI runs except the tests: a line for each check, and its output in full if it fails. */
import { spawn } from "node:child_process";

interface Check {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const checks: readonly Check[] = [
  { name: "format", command: "oxfmt", args: ["--check", "."] },
  { name: "lint", command: "oxlint", args: ["."] },
  { name: "types", command: "tsc", args: ["--noEmit", "--checkers", "2"] },
  // Each package by itself, with what it says it needs; what has not changed is remembered.
  // Several at once, so that one thread is enough for each: more of them do the same work again.
  {
    name: "packages",
    command: "turbo",
    args: ["run", "typecheck", "--output-logs=errors-only", "--", "--singleThreaded"],
  },
  { name: "unused", command: "knip", args: ["--no-progress"] },
];

const failed: string[] = [];
for (const check of checks) {
  if (!(await passes(check))) failed.push(check.name);
}
if (failed.length > 0) console.log(`\ncheck: failed (${failed.join(", ")})`);
else console.log("\ncheck: all good");
process.exit(failed.length > 0 ? 1 : 0);

async function passes({ name, command, args }: Check): Promise<boolean> {
  const startedAt = performance.now();
  const { code, output } = await run(command, args);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);

  console.log(`${code === 0 ? "ok    " : "FAILED"} ${name.padEnd(8)} ${seconds} s`);
  if (code !== 0) console.log(output);
  return code === 0;
}

function run(command: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}
