import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

import type { SourceContext } from "./local-server.ts";

/** The first program of this name on the PATH. */
export const onPath = (env: SourceContext["env"], name: string): string | undefined =>
  (env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isExecutable);

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
