import type { ServerKind } from "../local-server.ts";
import { greetMongo } from "./greet-mongo.ts";
import { mongodDownload } from "./mongod-download.ts";
import { mongodOnPath } from "./mongod-on-path.ts";
import { mongodbUrl } from "./mongodb-url.ts";
import { secantusPython } from "./secantus-python.ts";
import { secantusRust } from "./secantus-rust.ts";

/** Where a MongoDB comes from, first to last. */
export const mongodb: ServerKind = {
  title: "MongoDB",
  sourceVariable: "YUBIN_MONGODB_SOURCE",
  sources: [mongodbUrl, mongodOnPath, mongodDownload, secantusRust, secantusPython],
  urlOf: (port) => `mongodb://127.0.0.1:${port}/?directConnection=true`,
  greet: greetMongo,
};
