/** Builds the fast local MongoDB server into the cache; `npm run servers:fast` and CI run this. */
import { join } from "node:path";

import { cached, cacheFolder } from "./cache.ts";
import { fastServer } from "./mongodb/fast-server.ts";
import { oneLine } from "./one-line.ts";
import { onPath } from "./on-path.ts";
import { runTool } from "./run-tool.ts";

/** Five minutes on two idle cores. */
const buildTimeoutMs = 40 * 60_000;

const log = (line: string): void => console.log(line);

try {
  const folder = await cached(
    { cacheDir: cacheFolder(process.env), log },
    fastServer.folder,
    build,
  );
  log(`the fast MongoDB server is ${join(folder, "bin", fastServer.program)}`);
} catch (error) {
  console.error(oneLine(error));
  process.exitCode = 1;
}

async function build(folder: string): Promise<void> {
  const { crate, version } = fastServer;
  const cargo = onPath(process.env, "cargo");
  if (cargo === undefined) throw new Error(`building ${crate} needs cargo (and cmake) on the PATH`);

  await runTool({
    title: `building ${crate} ${version}`,
    command: cargo,
    // The crate asks for a newer compiler than it needs.
    args: [
      "install",
      crate,
      "--version",
      version,
      "--ignore-rust-version",
      "--locked",
      "--root",
      folder,
    ],
    log,
    timeoutMs: buildTimeoutMs,
  });
}
