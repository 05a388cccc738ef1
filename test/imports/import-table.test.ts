import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const ours = [
  "cli",
  "client",
  "errors",
  "kit",
  "line",
  "liquid",
  "people-model",
  "queue",
  "servers",
  "simulator",
  "store",
  "types",
];
const services = ["@yubin/ingress", "@yubin/identity/src/start.ts", "@yubin/sender"];

describe("the import table", async () => {
  const rows = await readTable();

  it("is what the linter enforces, name by name", async () => {
    expect(rows.length).toBeGreaterThanOrEqual(14);
    const names = new Set(
      rows.flatMap(({ may }) => may).concat(ours.map((name) => `@yubin/${name}`)),
    );
    const files = Object.fromEntries(
      rows.map(({ file }) => [file, ["node:fs", "node:fs/promises", "./beside.ts", ...names]]),
    );
    const expected = rows.map(({ file, may }) => [
      file,
      [...names].filter((name) => !may.includes(name)).toSorted(),
    ]);
    expect(await refusedIn(files)).toEqual(Object.fromEntries(expected));
  });

  it("refuses what no row names: other packages, subpaths, services, and a package's own internals", async () => {
    const never = [
      "pg",
      "fs",
      "vitest/node",
      "@yubin/errors/src/failures.ts",
      "zod/v3",
      ...services,
    ];
    const files = Object.fromEntries(rows.map(({ file }) => [file, never]));
    const expected = rows.map(({ file }) => [file, never.toSorted()]);
    expect(await refusedIn(files)).toEqual(Object.fromEntries(expected));
  });

  it.each<{ file: string; refused: string[]; allowed: string[] }>([
    {
      file: "packages/types/src/x.ts",
      refused: [
        "../../../services/sender/src/start.ts",
        "../../errors/src/failures.ts",
        "./main.ts",
      ],
      allowed: ["./rules/y.ts"],
    },
    {
      file: "packages/simulator/src/rules/x.ts",
      refused: ["../../../errors/src/failures.ts", "../../test/people.ts", "../main.ts"],
      allowed: ["../json.ts", "./problem.ts"],
    },
    {
      file: "packages/types/src/x.test.ts",
      refused: ["zod/v3", "pino", "../../errors/src/failures.ts", "./main.ts"],
      allowed: ["vitest", "zod", "../test/made.ts"],
    },
    { file: "packages/unheard/src/x.ts", refused: ["zod", "@yubin/types"], allowed: ["./y.ts"] },
    {
      file: "services/sender/src/domain/x.ts",
      refused: [
        "../store/batches.ts",
        "../jobs/deliver.job.ts",
        "../http/app.ts",
        "../config.ts",
        "../start.ts",
        "../main.ts",
        "../../../ingress/src/domain/identify.ts",
        "./../start.ts",
        "./deep/../../start.ts",
        "../../test/made.ts",
        "@yubin/store",
        "mongoose",
        "ioredis",
        "express",
        "liquidjs",
        "pino",
      ],
      allowed: ["./batch.ts", "@yubin/liquid", "zod"],
    },
    {
      file: "services/sender/src/domain/x.test.ts",
      refused: ["../store/batches.ts", "../main.ts", "liquidjs"],
      allowed: ["./batch.ts", "vitest", "../../test/made.ts"],
    },
    ...["jobs", "http"].map((folder) => ({
      file: `services/sender/src/${folder}/x.ts`,
      refused: [
        "../store/batches.ts",
        "../config.ts",
        "../main.ts",
        "../domain/../start.ts",
        "mongoose",
      ],
      allowed: ["../domain/batch.ts", "./y.ts", "@yubin/kit"],
    })),
    {
      file: "services/sender/src/store/x.ts",
      refused: ["../jobs/deliver.job.ts", "../http/app.ts", "../start.ts", "../main.ts", "express"],
      allowed: ["../domain/batch.ts", "./y.ts", "@yubin/store"],
    },
    {
      file: "services/sender/src/x.ts",
      refused: ["./main.ts", "../../ingress/src/start.ts", "../test/open-world.ts", "express"],
      allowed: ["./store/batches.ts", "./domain/batch.ts", "./config.ts", "@yubin/store"],
    },
    {
      file: "services/sender/test/x.ts",
      refused: ["../src/main.ts", "../../ingress/src/start.ts", "@yubin/ingress"],
      allowed: ["../src/start.ts", "@yubin/simulator", "bullmq"],
    },
    {
      file: "services/sender/test/fixtures/x.ts",
      refused: ["../../src/main.ts", "../../../ingress/src/start.ts"],
      allowed: ["../../src/start.ts", "../open-world.ts"],
    },
    {
      file: "scripts/x.mjs",
      refused: ["../services/sender/src/main.ts", "@yubin/sender"],
      allowed: ["node:fs"],
    },
  ])("in $file", async ({ file, refused, allowed }) => {
    expect(await refusedIn({ [file]: [...refused, ...allowed] })).toEqual({
      [file]: refused.toSorted(),
    });
  });

  it("knows every way to import", async () => {
    const file = "packages/errors/src/x.ts";
    const source = [
      'import type { A } from "a";',
      'export { b } from "b";',
      'export * from "c";',
      'import "d";',
      'await import("e");',
      'import f = require("f");',
      'import { g } from "g";',
    ];
    expect(await lint({ [file]: source.join("\n") })).toEqual({
      [file]: ["a", "b", "c", "d", "e", "f", "g"],
    });
  });
});

interface TableRow {
  /** A file that the row is about. */
  readonly file: string;
  readonly may: readonly string[];
}

async function readTable(): Promise<TableRow[]> {
  const text = await readFile(join(root, "ARCHITECTURE.md"), "utf8");
  const section = text.split("## Import table")[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\| `(?<files>[^`]+)` \| (?<may>.+) \|$/gm)].flatMap(
    ({ groups }) => {
      const may = (groups?.["may"] ?? "")
        .split(", ")
        .filter((name) => !["nothing", "domain", "its own folders"].includes(name))
        .map((name) => (ours.includes(name) ? `@yubin/${name}` : name));
      return foldersOf(groups?.["files"] ?? "").map((folder) => ({ file: `${folder}/x.ts`, may }));
    },
  );
}

const foldersOf = (files: string): string[] => {
  if (files.startsWith("packages/")) return [`${files}/src`];
  const folder = files.replace("*", "sender").replace("/*.ts", "");
  const [before, names, after = ""] = folder.split(/[{}]/);
  return names ? names.split(",").map((name) => `${before}${name}${after}`) : [folder];
};

const refusedIn = (imports: Readonly<Record<string, readonly string[]>>) =>
  lint(
    Object.fromEntries(
      Object.entries(imports).map(([file, names]) => [
        file,
        names.map((name) => `import ${JSON.stringify(name)};`).join("\n"),
      ]),
    ),
  );

/** What the project's linter refuses to import, by file, in a folder arranged like the repository. */
async function lint(sources: Readonly<Record<string, string>>): Promise<Record<string, string[]>> {
  const folder = await mkdtemp(join(tmpdir(), "yubin-imports-"));
  try {
    await cp(join(root, "oxlint.config.ts"), join(folder, "oxlint.config.ts"));
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    for (const [file, source] of Object.entries(sources)) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), `${source}\n`);
    }
    const refused: Record<string, string[]> = {};
    for (const { code, filename, message } of await diagnosticsOf(folder)) {
      const name = /^'(.+)' import is restricted/.exec(message)?.[1];
      if (code !== "eslint(no-restricted-imports)" || !name) continue;
      (refused[filename] ??= []).push(name);
    }
    for (const names of Object.values(refused)) names.sort();
    return refused;
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
  readonly message: string;
}

const diagnosticsOf = (folder: string): Promise<Diagnostic[]> =>
  new Promise((resolve, reject) => {
    const oxlint = join(root, "node_modules/.bin/oxlint");
    execFile(oxlint, ["--format", "json", "."], { cwd: folder }, (error, stdout) => {
      try {
        resolve((JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics);
      } catch {
        reject(new Error(`the linter did not run: ${error?.message} ${stdout}`));
      }
    });
  });
