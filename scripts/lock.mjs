import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const pollMs = 500;
const waitMaxMs = 20 * 60_000;
/** Longer than an install takes; on another machine its process cannot be looked at, so age decides. */
const staleAfterMs = 15 * 60_000;
/** Taking a stale lock away is a matter of milliseconds. */
const breakerStaleAfterMs = 10_000;

/** Does the work while holding a lock file, after waiting for whoever holds it. A dead holder's lock is taken away. */
export async function holdingLock(path, work) {
  await mkdir(dirname(path), { recursive: true });
  await acquire(path);
  const release = () => rm(path, { force: true });
  try {
    return await work();
  } finally {
    await release();
  }
}

async function acquire(path) {
  const deadline = Date.now() + waitMaxMs;
  let hasSaid = false;
  while (!(await create(path))) {
    if (await breakStale(path)) continue;
    if (Date.now() > deadline) throw new Error(`another process holds ${path} for too long`);
    if (!hasSaid) console.error("Waiting for another process that installs the packages …");
    hasSaid = true;
    await delay(pollMs);
  }
}

/** Writes who holds the lock, if nobody does. */
async function create(path) {
  try {
    await writeFile(path, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

/** Two that see the same dead holder must not both remove: the second would remove the first one's new lock. */
async function breakStale(path) {
  if (!(await isStale(path))) return false;
  const breaker = `${path}.break`;
  if (!(await create(breaker))) {
    if ((await ageMs(breaker)) > breakerStaleAfterMs) await rm(breaker, { force: true });
    return false;
  }
  try {
    const isStill = await isStale(path);
    if (isStill) await rm(path, { force: true });
    return isStill;
  } finally {
    await rm(breaker, { force: true });
  }
}

async function isStale(path) {
  const age = await ageMs(path);
  if (age > staleAfterMs) return true;
  const holder = await readHolder(path);
  // Its file is there a moment before its content.
  if (holder === undefined) return age > breakerStaleAfterMs;
  return holder.host === hostname() && !isAlive(holder.pid);
}

async function readHolder(path) {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return undefined;
  }
}

async function ageMs(path) {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch {
    return 0;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
