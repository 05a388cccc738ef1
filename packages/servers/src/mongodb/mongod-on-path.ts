import type { ServerSource } from "../local-server.ts";
import { onPath } from "../on-path.ts";
import { mongodArgs } from "./mongod-args.ts";

/** A mongod that is installed on this machine. */
export const mongodOnPath: ServerSource = {
  id: "mongod-on-path",
  offer: ({ env }) => {
    const command = onPath(env, "mongod");
    return Promise.resolve(
      command
        ? { kind: "program", program: { command, args: mongodArgs } }
        : { kind: "none", reason: "no mongod on the PATH" },
    );
  },
};
