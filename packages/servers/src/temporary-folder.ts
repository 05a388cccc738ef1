import { mkdtemp, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const memoryFolder = "/dev/shm";
const roomBytesMin = 2 * 1024 ** 3;

/**
 * A folder for data that goes with its server: in memory where there is room, since a killed server keeps what the
 * system holds for it either way, and a slow disk would only make tests slow. `TMPDIR` decides where it is set.
 */
export const temporaryFolder = async (
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> => {
  const parent = env["TMPDIR"] ?? ((await hasRoom(memoryFolder)) ? memoryFolder : tmpdir());
  return mkdtemp(join(parent, `yubin-${name}-`));
};

const hasRoom = async (folder: string): Promise<boolean> => {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize >= roomBytesMin;
  } catch {
    return false; // no such folder on this system
  }
};
