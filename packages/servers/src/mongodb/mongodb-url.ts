import type { ServerSource } from "../local-server.ts";

/** A MongoDB that runs already, named by MONGODB_URL. */
export const mongodbUrl: ServerSource = {
  id: "url",
  offer: ({ env }) => {
    const url = env["MONGODB_URL"];
    return Promise.resolve(
      url ? { kind: "external", url } : { kind: "none", reason: "MONGODB_URL is not set" },
    );
  },
};
