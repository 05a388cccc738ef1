import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

const rememberedMs = 24 * 60 * 60_000;

/** What went wrong within the last day, or undefined: a network that forbids a download will forbid it again. */
export const recall = async (note: string): Promise<string | undefined> => {
  try {
    const { mtimeMs } = await stat(note);
    if (Date.now() - mtimeMs > rememberedMs) return undefined;
    return `${await readFile(note, "utf8")} (remembered for a day; delete ${note} to try again)`;
  } catch {
    return undefined;
  }
};

/** Notes a failure for a day. */
export const remember = async (note: string, reason: string): Promise<void> => {
  await mkdir(dirname(note), { recursive: true });
  await writeFile(note, reason);
};
