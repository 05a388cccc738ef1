import { createHash } from "node:crypto";
import { Failure } from "@yubin/errors";
import { testServers } from "@yubin/servers/testing";
import { describe, expect, it } from "vitest";

import { handlerOf } from "../src/index.ts";
import { setUpQueue, soon } from "./set-up-queue.ts";

const setUp = () => setUpQueue(testServers());
const each = 12;
const goodJobs = 100;

/** What BullMQ, or a script of its, would choke on, by the field that is named as the one at fault. */
const hashes: readonly [field: string, value: string][] = [
  ["opts", "nope"],
  ["opts", "[]"],
  ["opts", "null"],
  ["opts", "7"],
  ["opts", '"text"'],
  ["opts", "{"],
  ["progress", "nope"],
  ["parent", "nope"],
  ["parent", "null"],
  ["parent", "[]"],
  ["parent", '{"id":7}'],
  ["parent", `{"id":"a","queueKey":"b","more":${"[".repeat(2_000)}${"]".repeat(2_000)}}`],
  ["parentKey", "nope"],
  ["timestamp", "nope"],
  ["delay", "nope"],
  ["priority", "nope"],
  ["ats", "nope"],
  ["ats", "{}"],
  ["atm", "nope"],
  ["atm", "-5"],
  ["atm", "1.5"],
  ["attemptsMade", "[]"],
  ["stc", "nope"],
  ["defa", "said to have failed"],
  ["rjk", "nope"],
  ["id", "another"],
];

describe("jobs that are no jobs of BullMQ's", () => {
  it("are dead letters, once each, while good ones go on at full speed", async () => {
    const { contract, work, letters, queue, intrude, producer, lines } = await setUp();
    const { raw, redis, keyOf } = intrude();
    const add = (id: string) => raw.add("thing.do", { v: 1, id, workspaceId: "ws_1" });
    for (let round = 0; round < each; round += 1) {
      await Promise.all(
        hashes.map(async ([field, value]) => {
          const job = await add(`bad ${field}`);
          await redis.hset(keyOf(job.id ?? ""), field, value);
        }),
      );
      const nameless = await add("bad name");
      await redis.hdel(keyOf(nameless.id ?? ""), "name");
      const text = await add("bad type");
      await redis.set(keyOf(text.id ?? ""), "text");
      const gone = await add("bad gone");
      await redis.del(keyOf(gone.id ?? ""));
      for (let good = 0; good < goodJobs / each; good += 1) await add("good");
    }
    const bad = each * (hashes.length + 3);
    const got: string[] = [];
    const good = each * Math.ceil(goodJobs / each);
    const startedAt = performance.now();
    work([handlerOf(contract(), ({ id }) => Promise.resolve(void got.push(id)))]);

    await expect.poll(() => got.length, soon).toBe(good);
    await expect.poll(() => letters.length, soon).toBe(bad);
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    expect(new Set(got)).toEqual(new Set(["good"]));
    expect(new Set(letters.map(({ id }) => id)).size).toBe(bad);
    expect(new Set(letters.map(({ code }) => code))).toEqual(new Set(["payload_invalid"]));
    const reasons = new Set(letters.map(({ reason }) => reason.split(":")[0]));
    expect(reasons).toEqual(new Set([...hashes.map(([field]) => field), "name"]));
    expect(JSON.stringify(letters)).not.toContain("nope");
    expect(letters.filter(({ workspaceId }) => workspaceId === "ws_1").length).toBe(
      each * (hashes.length + 1),
    );

    await expect
      .poll(() => producer.depths([queue]), soon)
      .toEqual([{ queue, waiting: 0, active: 0, delayed: 0 }]);
    expect(await raw.getJobCounts("failed", "completed")).toEqual({ failed: 0, completed: 0 });
    expect(lines.filter((line) => line.includes("trouble"))).toEqual([]);
  });

  it("stay what they are while their dead letter cannot be kept", async () => {
    const { contract, work, letters, intrude } = await setUp();
    const { raw, redis, keyOf } = intrude();
    for (const field of ["opts", "atm", "ats", "parent", "timestamp"]) {
      const job = await raw.add("thing.do", { v: 1, id: field });
      await redis.hset(keyOf(job.id ?? ""), field, "nope");
    }
    const got: string[] = [];
    let away = true;
    work([handlerOf(contract(), ({ id }) => Promise.resolve(void got.push(id)))], {
      deadLetter: (letter) => {
        if (away) return Promise.reject(new Error("MongoDB is away"));
        letters.push(letter);
        return Promise.resolve();
      },
    });
    await expect.poll(() => raw.getDelayedCount(), soon).toBe(5);
    away = false;
    await expect.poll(() => letters.length, soon).toBe(5);
    expect(new Set(letters.map(({ code }) => code))).toEqual(new Set(["payload_invalid"]));
    expect(got).toEqual([]);
  });

  it("whose options fit no queue are tried as the contract says", async () => {
    const { contract, work, letters, intrude, lines } = await setUp();
    const { raw, redis, keyOf } = intrude();
    const opts = { attempts: "many", backoff: [], removeOnFail: "no", parent: 7, de: [], tm: {} };
    for (const id of ["a", "b"]) {
      const job = await raw.add("thing.do", { v: 1, id });
      await redis.hset(keyOf(job.id ?? ""), "opts", JSON.stringify(opts));
    }
    const tries: string[] = [];
    work([
      handlerOf(contract(), ({ id }) => {
        tries.push(id);
        return id === "a" ? Promise.resolve() : Promise.reject(new Error("no"));
      }),
    ]);
    await expect.poll(() => letters.map(({ code }) => code), soon).toEqual(["internal"]);
    expect(tries.toSorted()).toEqual(["a", "b", "b", "b"]);
    await expect
      .poll(() => raw.getJobCounts("active", "failed"), soon)
      .toEqual({
        active: 0,
        failed: 0,
      });
    expect(lines.filter((line) => line.includes("trouble"))).toEqual([]);
  });
});

it("a job whose schedule cannot be gone on with is done all the same", async () => {
  const { contract, work, letters, intrude } = await setUp();
  const { raw, redis, keyOf } = intrude();
  for (const pattern of ["nope", "* * * *", ""]) {
    const job = await raw.add("thing.do", { v: 1, id: pattern });
    const opts = JSON.stringify({ repeat: { pattern } });
    await redis.hset(keyOf(job.id ?? ""), { rjk: "every-morning", opts });
  }
  const got: string[] = [];
  work([handlerOf(contract(), ({ id }) => Promise.resolve(void got.push(id)))]);
  await expect.poll(() => got.toSorted(), { timeout: 10_000 }).toEqual(["", "* * * *", "nope"]);
  await expect.poll(() => raw.getActiveCount(), soon).toBe(0);
  expect(letters).toEqual([]);
});

it("ids that others chose are in no log line, and every dead letter's line leads to its row", async () => {
  const { contract, work, letters, intrude, lines } = await setUp();
  const { raw, redis, keyOf } = intrude();
  const address = "anna@example.com";
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  work([
    handlerOf(contract(), async ({ id }) => {
      if (id === "bad") throw new Failure("payload_invalid", "no");
      if (id === "later" && !lines.some((line) => line.includes('"later"')))
        throw new Failure("in_progress", "later", { retryAfterMs: 10 });
      if (id !== "lost") return;
      begin();
      await gate;
    }),
  ]);
  for (const id of ["good", "later", "bad", "lost"])
    await raw.add("thing.do", { v: 1, id }, { jobId: `${id}/${address}` });
  await begun;
  await redis.del(`${keyOf(`lost/${address}`)}:lock`);
  open();
  await expect.poll(() => lines.join("\n"), soon).toContain("Missing lock for job ");
  await expect.poll(() => letters.length, soon).toBe(1);

  const ref = (id: string) =>
    createHash("sha256").update(`${id}/${address}`).digest("hex").slice(0, 12);
  for (const id of ["good", "later", "bad", "lost"])
    expect(lines.filter((line) => line.includes(ref(id))).length).toBeGreaterThan(0);
  expect(lines.join("\n")).not.toContain(address);
  const buried = lines.filter((line) => line.includes('"dead"'));
  expect(buried).toHaveLength(1);
  expect(buried[0]).toContain(`"deadLetterId":"${letters[0]?.id}"`);
});
