import { existsSync } from "node:fs";
import { join } from "node:path";

import type { ServerSource } from "../local-server.ts";
import { fastServer } from "./fast-server.ts";
import { secantusArgs } from "./secantus-args.ts";

/** SecantusDB's Rust build, if someone has built it: this takes minutes, so it is never started from here. */
export const secantusRust: ServerSource = {
  id: "secantus-rust",
  offer: ({ cacheDir }) => {
    const command = join(cacheDir, fastServer.folder, "bin", fastServer.program);
    return Promise.resolve(
      existsSync(command)
        ? {
            kind: "program",
            program: {
              name: `SecantusDB ${fastServer.version} (Rust)`,
              command,
              args: secantusArgs,
            },
          }
        : { kind: "none", reason: "not in the cache (npm run servers:fast builds it with cargo)" },
    );
  },
};
