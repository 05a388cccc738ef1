import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { expect, it } from "vitest";

import { cached } from "../src/cache.ts";
import { kill9, runFixture } from "./run-fixture.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const silent = (): void => undefined;

it("fills a folder once when several processes ask for it at the same time", async () => {
  const cacheDir = await temporaryFolder();
  const processes = [1, 2, 3].map(() => runFixture("fill-cache.ts", [cacheDir]));
  const outcomes = await Promise.all(
    processes.map(async ({ nextLine }) => {
      const line = await nextLine();
      return line === "filling" ? nextLine() : line;
    }),
  );
  expect(outcomes.toSorted()).toEqual(["filled", "found", "found"]);
  expect(await readdir(join(cacheDir, "thing"))).toEqual(["one", "two"]);
});

it("lets the next one in when the one that filled it was killed, and removes what was left", async () => {
  const cacheDir = await temporaryFolder();
  const first = runFixture("fill-cache.ts", [cacheDir, "hangs"]);
  expect(await first.nextLine()).toBe("filling");
  await kill9(first);

  const second = runFixture("fill-cache.ts", [cacheDir]);
  expect([await second.nextLine(), await second.nextLine()]).toEqual(["filling", "filled"]);
  expect((await readdir(cacheDir)).toSorted()).toEqual(["thing", "thing.lock"]);
});

it("keeps nothing of a filling that failed, and tries again", async () => {
  const cacheDir = await temporaryFolder();
  const fail = cached({ cacheDir, log: silent }, "thing", () => Promise.reject(new Error("no")));
  await expect(fail).rejects.toThrow("no");
  expect(await readdir(cacheDir)).toEqual(["thing.lock"]);

  await cached({ cacheDir, log: silent }, "thing", () => Promise.resolve());
  expect(await readdir(join(cacheDir, "thing"))).toEqual([]);
});
