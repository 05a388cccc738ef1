import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";

/** What a stack needs to be kept from one start to the next, if its data is. */
export interface StackSecrets {
  readonly secretKeys: string;
  readonly adminKey: string;
}

export const newSecrets = (): StackSecrets => ({
  secretKeys: `k1:${randomBytes(32).toString("base64")}`,
  adminKey: `yb_live_${randomBytes(24).toString("base64url")}`,
});

/** The secrets in this file, made the first time. */
export const keptSecrets = async (path: string): Promise<StackSecrets> => {
  try {
    return JSON.parse(await readFile(path, "utf8")) as StackSecrets;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const made = newSecrets();
    await writeFile(path, JSON.stringify(made), { mode: 0o600 });
    return made;
  }
};
