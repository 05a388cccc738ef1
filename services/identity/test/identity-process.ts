import { spawn } from "node:child_process";
import { once } from "node:events";

import { secretKey } from "./start-test-identity.ts";

/** Before which of its effects it kills itself; `visit` counts from 1. */
export interface Fate {
  readonly step: string;
  readonly visit: number;
}

/** Identity as a process of its own. */
export interface IdentityProcess {
  kill(): void;
  /** The signal that ended it, or null. */
  readonly ended: Promise<NodeJS.Signals | null>;
  [Symbol.asyncDispose](): Promise<void>;
}

export const startIdentityProcess = async (
  env: Record<string, string>,
  fate?: Fate,
): Promise<IdentityProcess> => {
  const fixture = new URL("./fixtures/identity-with-a-fate.ts", import.meta.url).pathname;
  const environment = {
    OPS_PORT: "0",
    YUBIN_SECRET_KEYS: `k1:${secretKey.toString("base64")}`,
    SHUTDOWN_GRACE_MS: "6000",
    SWEEP_EVERY_MS: "500",
    ...env,
  };
  const child = spawn(
    process.execPath,
    [fixture, JSON.stringify(environment), JSON.stringify(fate ?? null)],
    { stdio: ["ignore", "ignore", "inherit", "ipc"] },
  );
  const ended = once(child, "exit").then(([, signal]) => signal as NodeJS.Signals | null);
  if ((await Promise.race([once(child, "message"), ended])) === null)
    throw new Error("identity did not start");
  return {
    kill: () => void child.kill("SIGKILL"),
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
};
