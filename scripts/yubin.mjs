#!/usr/bin/env node
/**
 * `npm run <command>` comes through here. Plain JavaScript without dependencies, since nothing may be installed yet:
 * it brings node_modules up to the lock file, then runs the command on the pinned Node, which can run TypeScript as it is.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { installLocked } from "./install-locked.mjs";

/** What the launcher itself runs on; everything behind it runs on the Node of package-lock.json. */
const launcherNodeMin = [20, 12];

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @type {Record<string, { run: string[], does: string }>} */
const commands = {
  demo: { run: ["test/demo/main.ts"], does: "plays the whole story on this machine" },
  start: { run: ["test/demo/start.ts"], does: "keeps the same stack up, with its data" },
  test: {
    run: ["scripts/test.ts"],
    does: "runs all tests, or those whose path has a word you add",
  },
  check: { run: ["scripts/check.ts"], does: "checks format, lint, types and unused code" },
  docs: { run: ["scripts/write-docs.ts"], does: "writes the documents that come out of the code" },
  format: { run: ["node_modules/oxfmt/bin/oxfmt", "."], does: "formats the code" },
  bench: { run: ["test/bench/main.ts"], does: "measures speed" },
  chaos: { run: ["test/chaos/main.ts"], does: "runs with servers and services being killed" },
  contract: { run: ["scripts/test.ts", "test/contract/"], does: "tests what is asked of MongoDB" },
  "servers:fast": {
    run: ["packages/servers/src/build-fast.ts"],
    does: "builds the fast local MongoDB server with cargo",
  },
};

await main(process.argv[2], process.argv.slice(3));

async function main(name, extra) {
  if (!isNodeNewEnough()) {
    fail(
      `Yubin's scripts need Node ${launcherNodeMin.join(".")} or newer; this is ${process.version}.`,
    );
  }
  const command = Object.hasOwn(commands, name ?? "") ? commands[name] : undefined;
  if (!command) fail(`${name ? `There is no command "${name}". ` : ""}Commands:\n${list()}`);

  try {
    await installLocked(root);
    runOnPinnedNode([...command.run, ...extra]);
  } catch (error) {
    fail(error.message);
  }
}

function isNodeNewEnough() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return (
    major > launcherNodeMin[0] || (major === launcherNodeMin[0] && minor >= launcherNodeMin[1])
  );
}

function runOnPinnedNode([file, ...args]) {
  const node = join(root, "node_modules", "node", "bin", "node");
  if (!existsSync(join(root, file))) throw new Error(`${file} is not there`);

  const folders = [dirname(node), join(root, "node_modules", ".bin"), process.env.PATH];
  const child = spawn(node, [file, ...args], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PATH: folders.join(delimiter) },
  });
  // A terminal sends its interrupt to the child as well: forwarding it would make it two.
  const interrupt = process.stdin.isTTY ? () => undefined : (signal) => child.kill(signal);
  process.on("SIGINT", interrupt);
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));

  child.on("error", (error) => fail(`could not run ${node}: ${error.message}`));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function list() {
  return Object.entries(commands)
    .map(([name, { does }]) => `  npm run ${name.padEnd(13)} ${does}`)
    .join("\n");
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
