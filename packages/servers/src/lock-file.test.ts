import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, it, onTestFinished } from "vitest";

import { lockFile } from "./lock-file.ts";

const lockPath = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "yubin-lock-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, "new", "x.lock");
};

it("is held by one at a time, and says that it waits", async () => {
  const path = await lockPath();
  const held = await lockFile(path, { waitMs: 0 });
  let waits = 0;
  const onWait = (): void => {
    waits += 1;
  };
  expect(await lockFile(path, { waitMs: 0, onWait })).toBeUndefined();
  expect(waits).toBe(1);

  const waiting = lockFile(path, { waitMs: 10_000, onWait });
  held?.release();
  (await waiting)?.release();
});
