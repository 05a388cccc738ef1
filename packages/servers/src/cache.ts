import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

import { lockFile } from "./lock-file.ts";
import type { SourceContext } from "./local-server.ts";

/** A build of the fast MongoDB server on two slow cores, with room. */
const buildWaitMs = 30 * 60_000;

/** The folder of downloaded and built programs: outside the clone, shared by all clones of this user. */
export const cacheFolder = (env: SourceContext["env"]): string =>
  env["YUBIN_CACHE_DIR"] ?? join(homedir(), ".cache", "yubin");

/** Ends a cached thing's name where its content depends on the machine. */
export const platformTag = `${process.platform}-${process.arch}`;

/**
 * Returns the cached folder `name`, calling `fill` with an empty folder to make it if it is not there.
 * Whoever asks at the same time waits for the first; a half-filled folder is never seen under its name.
 */
export const cached = async (
  { cacheDir, log }: Pick<SourceContext, "cacheDir" | "log">,
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> => {
  const path = join(cacheDir, name);
  if (existsSync(path)) return path;

  const lock = await lockFile(join(cacheDir, `${name}.lock`), {
    waitMs: buildWaitMs,
    onWait: () => log(`waiting for another process that prepares ${name}`),
  });
  if (!lock)
    throw new Error(`another process did not finish ${name} in ${buildWaitMs / 60_000} min`);
  try {
    if (!existsSync(path)) await fillFolder(cacheDir, name, fill);
  } finally {
    lock.release();
  }
  return path;
};

const fillFolder = async (
  cacheDir: string,
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<void> => {
  const started = (file: string): boolean => file.startsWith(`.${name}.`);
  for (const leftover of (await readdir(cacheDir)).filter(started)) {
    await rm(join(cacheDir, leftover), { recursive: true, force: true });
  }
  const partial = join(cacheDir, `.${name}.${process.pid}`);
  await mkdir(partial);
  try {
    await fill(partial);
    await rename(partial, join(cacheDir, name));
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
};
