import type { ServerSource } from "../local-server.ts";

/** A Redis that runs already, named by REDIS_URL. */
export const redisUrl: ServerSource = {
  id: "url",
  offer: ({ env }) => {
    const url = env["REDIS_URL"];
    return Promise.resolve(
      url ? { kind: "external", url } : { kind: "none", reason: "REDIS_URL is not set" },
    );
  },
};
