import { flags } from "../flags.ts";
import type { ServerProgram } from "../local-server.ts";

/** A standalone: Yubin uses no transactions and no change streams, so it needs no replica set. */
export const mongodArgs: ServerProgram["args"] = ({ port, dataDir }) =>
  flags({ bind_ip: "127.0.0.1", port, dbpath: dataDir });
