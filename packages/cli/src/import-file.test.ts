import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";

import { readPeopleFile } from "./import-file.ts";

const fileOf = async (text: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "yubin-import-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "people.ndjson");
  await writeFile(path, text);
  return path;
};

it("gives all of its bytes and tells of each piece", async () => {
  const file = await readPeopleFile(await fileOf("あ".repeat(100_000)), undefined);
  let told = 0;
  const text = await new Response(file.open((bytes) => (told += bytes))).text();
  expect(text).toBe("あ".repeat(100_000));
  expect([told, file.bytes]).toEqual([300_000, 300_000]);
});
