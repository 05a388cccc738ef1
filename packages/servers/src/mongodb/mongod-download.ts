import { rename } from "node:fs/promises";
import { join } from "node:path";

import { cached, platformTag } from "../cache.ts";
import type { ServerSource, SourceContext } from "../local-server.ts";
import { oneLine } from "../one-line.ts";
import { recall, remember } from "../remembered-failure.ts";
import { mongodArgs } from "./mongod-args.ts";

const version = "8.2.6";

/** A real mongod, downloaded once from MongoDB's own site where the network allows it. */
export const mongodDownload: ServerSource = {
  id: "mongod-download",
  offer: async (context) => {
    const note = join(context.cacheDir, `mongod-${version}-${platformTag}.failed`);
    const earlier = await recall(note);
    if (earlier !== undefined) return { kind: "none", reason: earlier };
    try {
      const command = await download(context);
      return { kind: "program", program: { command, args: mongodArgs } };
    } catch (error) {
      const reason = `download of mongod ${version} failed: ${oneLine(error)}`;
      await remember(note, reason);
      return { kind: "none", reason };
    }
  },
};

const download = async (context: SourceContext): Promise<string> => {
  const folder = await cached(context, `mongod-${version}-${platformTag}`, async (place) => {
    context.log(`downloading mongod ${version}`);
    // The library reads npm's own setting to decide whether to check certificates, and takes a missing one for "no".
    process.env["npm_config_strict_ssl"] = "true";
    process.env["MONGOMS_MAX_RETRIES"] ??= "1";

    const { DryMongoBinary, MongoBinary } = await import("mongodb-memory-server-core");
    const options = await DryMongoBinary.generateOptions({ version, downloadDir: place });
    const downloaded = await MongoBinary.download({ ...options, checkMD5: true });
    await rename(downloaded, join(place, "mongod"));
  });
  return join(folder, "mongod");
};
