import { join } from "node:path";

import { flags } from "../flags.ts";
import type { ServerProgram } from "../local-server.ts";

/** Without --sync-on-commit a crash loses the last acknowledged writes, whatever write concern they had. */
export const secantusArgs: ServerProgram["args"] = ({ port, dataDir }) => [
  ...flags({
    host: "127.0.0.1",
    port,
    "storage-path": join(dataDir, "data"),
    "cache-size": "1G",
    "log-level": "WARNING",
  }),
  "--sync-on-commit",
];
