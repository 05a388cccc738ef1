#!/usr/bin/env node
/** Plain JavaScript, since another Node may not run TypeScript: runs the command line on the pinned Node. */
import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import module from "node:module";
import { join } from "node:path";

const main = join(import.meta.dirname, "../src/main.ts");
const pinned = join(import.meta.dirname, "../../../node_modules/node/bin/node");

if (!existsSync(pinned) || realpathSync(pinned) === realpathSync(process.execPath)) {
  module.enableCompileCache?.(); // half of a short command is compiling
  await import(main);
} else {
  const child = spawn(pinned, [main, ...process.argv.slice(2)], { stdio: "inherit" });
  // A terminal sends its interrupt to the child as well: forwarding it would make it two.
  process.on("SIGINT", () => {
    if (!process.stdin.isTTY) child.kill("SIGINT");
  });
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code) => process.exit(code ?? 1));
}
