import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

import { cached, platformTag } from "./cache.ts";
import type { SourceContext } from "./local-server.ts";
import { onPath } from "./on-path.ts";
import { runTool } from "./run-tool.ts";

const installTimeoutMs = 10 * 60_000;

/** Installs one pinned Python package into the cache; returns its folder, or why that is not possible here. */
export const pythonPackage = async (
  context: SourceContext,
  { name, version }: { readonly name: string; readonly version: string },
): Promise<{ readonly folder: string } | { readonly reason: string }> => {
  const python = onPath(context.env, "python3");
  if (python === undefined) return { reason: "needs python3, which is not on the PATH" };

  // A virtual environment belongs to one Python version; after an upgrade another one is made.
  const tag = await pythonTag(python);
  const folder = await cached(
    context,
    `${name}-${version}-${tag}-${platformTag}`,
    async (place) => {
      const { log } = context;
      await runTool({
        title: `preparing a Python environment for ${name}`,
        command: python,
        args: ["-m", "venv", place],
        log,
        timeoutMs: installTimeoutMs,
      });
      await runTool({
        title: `installing ${name} ${version} into the cache`,
        command: join(place, "bin", "python3"),
        args: [
          "-m",
          "pip",
          "install",
          "--disable-pip-version-check",
          "--no-compile",
          "--only-binary=:all:",
          `${name}==${version}`,
        ],
        log,
        timeoutMs: installTimeoutMs,
      });
    },
  );
  return { folder };
};

const pythonTag = async (python: string): Promise<string> => {
  const code = "import sys; print('py%d.%d' % sys.version_info[:2])";
  const { stdout } = await promisify(execFile)(python, ["-c", code]);
  return stdout.trim();
};
