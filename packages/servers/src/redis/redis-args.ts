import { flags } from "../flags.ts";
import type { ServerProgram } from "../local-server.ts";

/**
 * As production runs it: an append-only file, and no eviction, which would drop jobs in silence.
 * Reachable from this machine alone.
 */
export const redisArgs: ServerProgram["args"] = ({ port, dataDir }) =>
  flags({
    bind: "127.0.0.1",
    port,
    dir: dataDir,
    save: "",
    appendonly: "yes",
    appendfsync: "everysec",
    "maxmemory-policy": "noeviction",
  });
