import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { ImportRowView, ImportView, ProfileView } from "@yubin/types";
import { afterAll, beforeAll, expect, it } from "vitest";

import { startLinkWorld, type LinkWorld } from "../links/link-world.ts";
import { until } from "../stack/until.ts";
import { startYubin, yubin, yubinJson, yubinRows } from "./run-yubin.ts";

type Ended = ImportView & { readonly firstRefused: readonly ImportRowView[] };

let world: LinkWorld;
let folder: string;
beforeAll(async () => {
  world = await startLinkWorld();
  folder = await mkdtemp(join(tmpdir(), "yubin-cli-"));
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const fileOf = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};

/** Rows that are long enough for a file of them to take a while. */
const manyRows = (prefix: string, count: number): string =>
  Array.from(
    { length: count },
    (_, at) => `${JSON.stringify({ userId: `${prefix}-${at}`, filler: "x".repeat(3_000) })}\n`,
  ).join("");

/** The import that began since then, once some rows of it are stored and the rest is still to come. */
const half = (count: number, since: Date) =>
  until(
    async () =>
      (await world.store.imports.findOne({
        state: "receiving",
        createdAt: { $gte: since },
        rows: { $gte: 500, $lt: count },
      })) ?? undefined,
    { what: "some rows to be stored", everyMs: 5 },
  );
const known = (prefix: string): Promise<number> =>
  world.store.profiles.countDocuments({ externalId: new RegExp(`^${prefix}-`) });
const stored = (importId: string): Promise<number> =>
  world.store.events.countDocuments({ _id: new RegExp(`^[^ ]*${importId}/`) });

it("brings in a file, tells the rows that were refused, and does nothing the second time", async () => {
  const path = await fileOf(
    "people.csv",
    "userId,name,consent.news\nyuki,雪,yes\n,nobody,yes\nren,蓮,perhaps\nsora,空,no\n",
  );
  const first = await yubin(world, "people", "import", path);
  expect(first.code).toBe(1);
  expect(first.stdout).toMatch(/^imp_[0-9a-f]{32} done\nrows +4\napplied +2\n/);
  expect(first.stdout).toMatch(/\nrefused +2\n/);
  expect(first.stdout).toMatch(/\n2 +refused +request_invalid /);
  expect(first.stdout).toMatch(/\n3 +refused +\w+ +consent\.news /);
  expect(first.stderr).toMatch(/^imp_[0-9a-f]{32} begins\.\n/);
  const yuki = await yubinJson<ProfileView>(world, "people", "show", "user:yuki");
  expect(yuki).toMatchObject({ traits: { name: "雪" }, consents: { news: { granted: true } } });

  const again = await yubin(world, "people", "import", path, "--json");
  const end = JSON.parse(again.stdout) as Ended;
  expect(again.code).toBe(1);
  expect(end.firstRefused.map(({ row }) => row)).toEqual([2, 3]);
  expect(await world.store.imports.countDocuments({})).toBe(1);
  expect(await stored(end.id)).toBe(2);

  expect(await yubinJson(world, "import", "show", end.id)).toMatchObject({ rows: 4, refused: 2 });
  const rows = await yubinRows<ImportRowView>(world, "import", "rows", end.id);
  expect(rows.map(({ row, outcome }) => [row, outcome])).toEqual([
    [1, "applied"],
    [2, "refused"],
    [3, "refused"],
    [4, "applied"],
  ]);
  const other = await yubin(world, "people", "import", path, "--key", "again", "--json");
  expect((JSON.parse(other.stdout) as Ended).id).not.toBe(end.id);
});

it("goes on after SIGKILL in the middle of the file, and each row counts once", async () => {
  const count = 8_000;
  const path = await fileOf("killed.ndjson", manyRows("killed", count));
  const startedAt = new Date();
  const killed = startYubin(world, ["people", "import", path]);
  const { _id: id } = await half(count, startedAt);
  killed.child.kill("SIGKILL");
  expect(await killed.ended).toMatchObject({ code: null, signal: "SIGKILL", stdout: "" });
  const before = await world.store.imports.findOne({ _id: id });
  expect(before?.rows).toBeLessThan(count);

  const again = startYubin(world, ["people", "import", path, "--json"]);
  const { code, stdout, stderr } = await again.ended;
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    id: before?._id,
    state: "done",
    rows: count,
    applied: count,
    refused: 0,
    firstRefused: [],
  });
  expect(await known("killed")).toBe(count);
  expect(await stored(before?._id ?? "")).toBe(count);
});

it("stops at Ctrl-C, says how it goes on, and goes on so", async () => {
  const count = 20_000;
  const path = await fileOf("stopped.ndjson", manyRows("stopped", count));
  const startedAt = new Date();
  const stopped = startYubin(world, ["people", "import", path]);
  const { _id: id } = await half(count, startedAt);
  stopped.child.kill("SIGINT");
  const { code, stdout, stderr } = await stopped.ended;
  expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
  expect(stderr).toContain(
    `${id} is stopped; what it has stored stays. The same command goes on.\n`,
  );
  expect((await world.store.imports.findOne({ _id: id }))?.state).toBe("receiving");

  const again = await yubin(world, "people", "import", path);
  expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/\nrefused +0\n?$/) });
  expect(again.stderr).toMatch(new RegExp(`^${id} goes on behind row \\d+\\.\n`));
  expect(await known("stopped")).toBe(count);
});

it("ends with why, where nobody can tell where the next row begins", async () => {
  const path = await fileOf("broken.csv", `userId,name\nok-1,a\n"ok-2,${"b".repeat(300_000)}\n`);
  const { code, stdout } = await yubin(world, "people", "import", path);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^imp_[0-9a-f]{32} failed: row 2: /);
});

it("takes only files that it can read and whose format it knows", async () => {
  const odd = await fileOf("people.txt", "userId\na\n");
  for (const [args, sentence] of [
    [[join(folder, "none.csv")], "ENOENT"],
    [[folder], "is no file"],
    [[odd], "--format csv"],
    [[odd, "--format", "xml"], "Allowed choices are csv, ndjson"],
  ] as const)
    expect(await yubin(world, "people", "import", ...args)).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining(sentence),
    });
  expect(await yubin(world, "people", "import", odd, "--format", "csv")).toMatchObject({ code: 0 });
});
