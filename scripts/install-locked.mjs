import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { holdingLock } from "./lock.mjs";

const progressEveryMs = 10_000;

/** Runs `npm ci` when node_modules is missing or differs from package-lock.json. Two at once: one installs, one waits. */
export async function installLocked(root) {
  if (isInstalled(root)) return;
  await holdingLock(join(root, ".yubin", "install.lock"), async () => {
    if (isInstalled(root)) return;
    await npmCi(root);
    if (!existsSync(pinnedNode(root))) {
      throw new Error(
        "npm did not install the pinned Node: its package fetches it with an install script. " +
          "Allow that once with: npm ci --ignore-scripts=false",
      );
    }
    writeFileSync(markOf(root), hashOfLock(root));
  });
}

const pinnedNode = (root) => join(root, "node_modules", "node", "bin", "node");
const markOf = (root) => join(root, "node_modules", ".yubin-lock");
const hashOfLock = (root) =>
  createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");

function isInstalled(root) {
  if (!existsSync(pinnedNode(root))) return false;
  const hash = hashOfLock(root);
  if (existsSync(markOf(root)) && readFileSync(markOf(root), "utf8") === hash) return true;

  // Whoever ran `npm install` by hand has what the lock says, and must not lose node_modules for want of our mark.
  if (!hasEveryLockedPackage(root)) return false;
  writeFileSync(markOf(root), hash);
  return true;
}

/** npm writes what it installed into node_modules/.package-lock.json as its last step. */
function hasEveryLockedPackage(root) {
  const installedFile = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installedFile)) return false;

  const packagesOf = (file) => JSON.parse(readFileSync(file, "utf8")).packages;
  const installed = packagesOf(installedFile);
  return Object.entries(packagesOf(join(root, "package-lock.json")))
    .filter(([path]) => path.includes("node_modules/"))
    .every(([path, wanted]) => {
      const found = installed[path];
      if (found) return found.version === wanted.version;
      return Boolean(wanted.optional); // for another system
    });
}

async function npmCi(root) {
  console.error("Installing the locked packages into node_modules (once, about a minute) …");
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  const progress = setInterval(() => {
    console.error(`Installing the locked packages: ${seconds()} s`);
  }, progressEveryMs);
  try {
    await run(root, [
      "ci",
      "--include=dev",
      "--prefer-offline",
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
    ]);
  } finally {
    clearInterval(progress);
  }
  console.error(`Installed in ${seconds()} s.`);
}

/** Runs npm quietly; what it said is shown in full when it fails. */
function run(root, args) {
  const npmFile = process.env.npm_execpath;
  const [command, first] = npmFile?.endsWith(".js") ? [process.execPath, [npmFile]] : ["npm", []];

  return new Promise((resolve, reject) => {
    const child = spawn(command, [...first, ...args], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (output += text));
    }
    child.on("error", (error) => reject(new Error(`could not run npm: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${output}\nnpm ci failed (${signal ?? `exit code ${code}`}).`));
    });
  });
}
