import { platformTag } from "../cache.ts";

const version = "0.5.3-beta.196";

/** The Rust build of SecantusDB: what to build and where it lies in the cache. */
export const fastServer = {
  crate: "secantus-mdb",
  version,
  program: "secantusd-rs",
  folder: `secantus-mdb-${version}-${platformTag}`,
} as const;
