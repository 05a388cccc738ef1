import { Failure } from "@yubin/errors";
import { expect, it } from "vitest";

import { createGroupCommit, type GroupCommitOptions } from "./group-commit.ts";

const away = new Error("away");
type Options = GroupCommitOptions<string, string>;
const setup = (write: Options["write"], over: Partial<Options> = {}) =>
  createGroupCommit<string, string>({
    write,
    isAway: (error) => error === away,
    itemsMax: 100,
    flightsMax: 1,
    deadlineMs: 1_000,
    ...over,
  });
const done = async (items: readonly string[]) => items.map((item) => `${item}!`);

it("lets those that come together share one write, and tells each of its own", async () => {
  const writes: number[] = [];
  const commit = setup((items) => {
    writes.push(items.length);
    return done(items);
  });
  const answers = await Promise.all([commit(["a", "b"]), commit(["c"]), commit(["d", "e"])]);
  expect(answers).toEqual([["a!", "b!"], ["c!"], ["d!", "e!"]]);
  expect(writes).toEqual([5]);
});

it("fails only the one that spoils a write", async () => {
  const commit = setup(async (items) => {
    if (items.includes("bad")) throw new Error("cannot be encoded");
    return done(items);
  });
  const answers = await Promise.allSettled([commit(["a"]), commit(["bad", "b"]), commit(["c"])]);
  expect(answers).toEqual([
    { status: "fulfilled", value: ["a!"] },
    { status: "rejected", reason: new Error("cannot be encoded") },
    { status: "fulfilled", value: ["c!"] },
  ]);
});

it("does not repeat a write for each when the store is away", async () => {
  let writes = 0;
  const commit = setup(async () => {
    writes += 1;
    throw away;
  });
  const answers = await Promise.allSettled([commit(["a"]), commit(["b"])]);
  expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(writes).toBe(1);
});

it("gives up in time, and does not write for those who have", async () => {
  const { promise: never } = Promise.withResolvers<never>();
  const seen: string[] = [];
  const commit = setup(
    (items) => {
      seen.push(...items);
      return never;
    },
    { deadlineMs: 1_000 },
  );
  const first = commit(["a"]);
  await expect(first).rejects.toMatchObject({ code: "store.unavailable" });
  await expect(commit(["b"])).rejects.toBeInstanceOf(Failure);
  expect(seen.filter((item) => item === "a")).toHaveLength(1);
});

it("goes on after a write that never ends", async () => {
  const { promise: never } = Promise.withResolvers<never>();
  let writes = 0;
  const commit = setup((items) => ((writes += 1) === 1 ? never : done(items)), { deadlineMs: 50 });
  await expect(commit(["a"])).rejects.toBeInstanceOf(Failure);
  await expect.poll(() => commit(["b"]).catch(() => "late")).toEqual(["b!"]);
});

it("closes a group at its size and tears no caller apart", async () => {
  const writes: number[] = [];
  const commit = setup(
    (items) => {
      writes.push(items.length);
      return done(items);
    },
    { itemsMax: 3 },
  );
  const many = ["a", "b", "c", "d", "e"];
  const answers = await Promise.all([commit(["x", "y"]), commit(many), commit(["z"])]);
  expect(answers[1]).toEqual(many.map((item) => `${item}!`));
  expect(writes).toEqual([3, 5]);
});
