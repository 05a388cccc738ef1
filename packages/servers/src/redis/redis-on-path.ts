import type { ServerSource } from "../local-server.ts";
import { onPath } from "../on-path.ts";
import { redisArgs } from "./redis-args.ts";

/** A Redis or Valkey that is installed on this machine. */
export const redisOnPath: ServerSource = {
  id: "redis-on-path",
  offer: ({ env }) => {
    const command = onPath(env, "redis-server") ?? onPath(env, "valkey-server");
    return Promise.resolve(
      command
        ? { kind: "program", program: { command, args: redisArgs } }
        : { kind: "none", reason: "neither redis-server nor valkey-server is on the PATH" },
    );
  },
};
