import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { cacheFolder, platformTag } from "./cache.ts";
import type { SourceContext } from "./local-server.ts";
import { oneLine } from "./one-line.ts";
import { pythonPackage } from "./python-package.ts";
import { recall, remember } from "./remembered-failure.ts";

/**
 * A Python that has one pinned package, from the cache or installed into it. Undefined where there is none here, which
 * is said with what is skipped for it; a failure to install is remembered for a day.
 */
export const pythonWith = async (
  pinned: { readonly name: string; readonly version: string },
  skipped: string,
): Promise<string | undefined> => {
  const log = (line: string): void => console.log(line);
  const found = await find({ env: process.env, cacheDir: cacheFolder(process.env), log }, pinned);
  if ("python" in found) return found.python;
  log(`skipped: ${skipped}: ${found.reason}`);
  return undefined;
};

const find = async (
  context: SourceContext,
  pinned: Parameters<typeof pythonWith>[0],
): Promise<{ readonly python: string } | { readonly reason: string }> => {
  const title = `${pinned.name}-${pinned.version}-${platformTag}`;
  const note = join(context.cacheDir, `${title}.failed`);
  const earlier = await recall(note);
  if (earlier !== undefined) return { reason: earlier };
  try {
    await mkdir(context.cacheDir, { recursive: true });
    const installed = await pythonPackage(context, pinned);
    if ("reason" in installed) return installed;
    return { python: join(installed.folder, "bin", "python3") };
  } catch (error) {
    const reason = `${pinned.name} ${pinned.version} cannot be installed: ${oneLine(error)}`;
    await remember(note, reason);
    return { reason };
  }
};
