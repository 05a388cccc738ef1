import { join } from "node:path";

import type { ServerSource } from "../local-server.ts";
import { pythonPackage } from "../python-package.ts";
import { secantusArgs } from "./secantus-args.ts";

const pinned = { name: "SecantusDB", version: "0.7.0b3" };

/** SecantusDB from its Python wheel: there in seconds, slow under load. */
export const secantusPython: ServerSource = {
  id: "secantus-python",
  offer: async (context) => {
    const installed = await pythonPackage(context, pinned);
    if ("reason" in installed) return { kind: "none", reason: installed.reason };

    const bin = join(installed.folder, "bin");
    return {
      kind: "program",
      program: {
        name: `SecantusDB ${pinned.version} (Python)`,
        command: join(bin, "python3"),
        // By name, since the script's own first line still names the folder it was prepared in.
        args: (place) => [join(bin, "secantusd-py"), ...secantusArgs(place)],
      },
    };
  },
};
