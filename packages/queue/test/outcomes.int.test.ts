import { Failure } from "@yubin/errors";
import { testServers } from "@yubin/servers/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { handlerOf, type JobContext } from "../src/index.ts";
import { isDeeperThan } from "../src/levels-of.ts";
import { setUpQueue, soon } from "./set-up-queue.ts";

const setUp = () => setUpQueue(testServers());
const one = { v: 1 as const, id: "a", workspaceId: "ws_1" };

describe("a job", () => {
  it("reaches its handler and leaves nothing behind", async () => {
    const { contract, producer, work, queue, intrude } = await setUp();
    const got: string[] = [];
    work([handlerOf(contract(), ({ id }) => Promise.resolve(void got.push(id)))]);
    await producer.enqueue(contract(), [one, { ...one, id: "b" }]);
    await expect.poll(() => got.toSorted(), soon).toEqual(["a", "b"]);
    await expect
      .poll(() => producer.depths([queue]), soon)
      .toEqual([{ queue, waiting: 0, active: 0, delayed: 0 }]);
    const { redis, keyOf } = intrude();
    expect((await redis.keys(keyOf("thing.do/*"))).length).toBe(0);
  });

  it("that is put off runs again without spending an attempt", async () => {
    const { contract, producer, work, letters } = await setUp();
    const attempts: number[] = [];
    const handler = handlerOf(contract({ attempts: 1 }), (_payload, { attempt }) => {
      attempts.push(attempt);
      if (attempts.length < 4)
        return Promise.reject(new Failure("line.rate_limited", "slower", { retryAfterMs: 10 }));
      return Promise.resolve();
    });
    work([handler]);
    await producer.enqueue(contract(), [one]);
    await expect.poll(() => attempts, soon).toEqual([1, 1, 1, 1]);
    expect(letters).toEqual([]);
  });

  it("that fails is tried as often as its contract says, then is a dead letter", async () => {
    const { contract, producer, work, letters, queue, intrude } = await setUp();
    const attempts: number[] = [];
    const handler = handlerOf(contract(), (_payload, { attempt }) => {
      attempts.push(attempt);
      return Promise.reject(new Failure("store.unavailable", "away"));
    });
    work([handler]);
    await producer.enqueue(contract(), [one]);
    await expect
      .poll(() => letters, soon)
      .toMatchObject([
        {
          id: expect.stringMatching(/^dead_[0-9a-f]{32}$/) as unknown,
          workspaceId: "ws_1",
          queue,
          name: "thing.do",
          payload: one,
          code: "store.unavailable",
          reason: "gave up after 3 attempts",
          at: expect.any(Date) as unknown,
        },
      ]);
    expect(attempts).toEqual([1, 2, 3]);
    await expect
      .poll(() => intrude().raw.getJobCounts("failed", "wait", "delayed"), soon)
      .toEqual({
        failed: 0,
        wait: 0,
        delayed: 0,
      });
  });

  it("whose failure is final is a dead letter at once, kept before the job is failed", async () => {
    const { contract, producer, work, letters, intrude } = await setUp();
    const states: string[] = [];
    const { raw } = intrude();
    work(
      [
        handlerOf(contract(), () =>
          Promise.reject(new Failure("workspace_mismatch", "of another workspace")),
        ),
      ],
      {
        deadLetter: async (letter) => {
          states.push(...(await raw.getActive()).map(({ name }) => name));
          letters.push(letter);
        },
      },
    );
    await producer.enqueue(contract(), [one]);
    await expect
      .poll(() => letters, soon)
      .toMatchObject([{ code: "workspace_mismatch", reason: "of another workspace" }]);
    expect(states).toEqual(["thing.do"]);
  });

  it("that throws something else counts as a fault of ours, and Redis never holds what it said", async () => {
    const { contract, producer, work, letters, intrude } = await setUp();
    const { redis, keyOf, raw } = intrude();
    work([
      handlerOf(contract({ attempts: 2, backoffMs: 60_000 }), () =>
        Promise.reject(new Error("token hunter2")),
      ),
    ]);
    await producer.enqueue(contract(), [one]);
    await expect.poll(() => raw.getDelayedCount(), soon).toBe(1);
    const [delayed] = await raw.getDelayed();
    const stored = JSON.stringify(await redis.hgetall(keyOf(delayed?.id ?? "")));
    expect(stored).toContain("internal");
    expect(stored).not.toContain("hunter2");
    await delayed?.promote();
    await expect.poll(() => letters.map(({ code }) => code), soon).toEqual(["internal"]);
    expect(JSON.stringify(letters)).not.toContain("hunter2");
  });

  it("whose dead letter cannot be kept stays until it can", async () => {
    const { contract, producer, work, letters } = await setUp();
    let tries = 0;
    work([handlerOf(contract(), () => Promise.reject(new Failure("payload_invalid", "no")))], {
      deadLetter: (letter) => {
        tries += 1;
        if (tries <= 2) return Promise.reject(new Error("MongoDB is away"));
        letters.push(letter);
        return Promise.resolve();
      },
    });
    await producer.enqueue(contract(), [one]);
    await expect.poll(() => letters, soon).toMatchObject([{ payload: one }]);
  });

  it("whose payload the database refuses is kept without it", async () => {
    const { contract, producer, work, letters } = await setUp();
    work([handlerOf(contract(), () => Promise.reject(new Failure("payload_invalid", "no")))], {
      deadLetter: (letter) => {
        if (letter.payload !== null) return Promise.reject(new Error("key must not contain NUL"));
        letters.push(letter);
        return Promise.resolve();
      },
    });
    await producer.enqueue(contract(), [one]);
    await expect.poll(() => letters, soon).toMatchObject([{ payload: null, workspaceId: "ws_1" }]);
  });

  it("that takes too long is told to stop, and tried again when it does not listen", async () => {
    const { contract, producer, work, letters } = await setUp();
    const contexts: JobContext[] = [];
    const handler = handlerOf(contract(), (_payload, context) => {
      contexts.push(context);
      return contexts.length === 1 ? new Promise(() => undefined) : Promise.resolve();
    });
    work([handler], { jobTimeoutMs: 2_000 });
    await producer.enqueue(contract(), [one]);
    await expect.poll(() => contexts.map(({ attempt }) => attempt), soon).toEqual([1, 2]);
    expect(contexts[0]?.signal.aborted).toBe(true);
    expect(contexts[1]?.signal.aborted).toBe(false);
    expect(letters).toEqual([]);
  });
});

describe("jobs of one key", () => {
  it("are one while it waits, and many over time, also after a failure", async () => {
    const { contract, producer, work, letters, queue } = await setUp();
    const keyed = contract({ key: ({ id }) => id });
    await producer.enqueue(keyed, [one, one]);
    await producer.enqueue(keyed, [one]);
    expect((await producer.depths([queue]))[0]?.waiting).toBe(1);

    let runs = 0;
    const handler = handlerOf(keyed, () => {
      runs += 1;
      return runs === 1 ? Promise.reject(new Failure("payload_invalid", "no")) : Promise.resolve();
    });
    work([handler]);
    await expect.poll(() => letters.length, soon).toBe(1);
    for (const more of [2, 3]) {
      // A finished job is removed a moment after its handler returned; until then equal work is still one.
      await expect.poll(async () => (await producer.depths([queue]))[0]?.active, soon).toBe(0);
      await producer.enqueue(keyed, [one]);
      await expect.poll(() => runs, soon).toBe(more);
    }
  });
});

describe("what others put on a queue", () => {
  it("is judged by name and shape, and never stops the worker", async () => {
    const { contract, producer, work, letters, intrude } = await setUp();
    const got: string[] = [];
    work([handlerOf(contract(), ({ id }) => Promise.resolve(void got.push(id)))]);
    const { raw, redis, keyOf } = intrude();
    let deep: unknown = "x";
    for (let i = 0; i < 3_000; i += 1) deep = [deep];

    await raw.add("thing.unknown", one);
    await raw.add("thing.do", { v: 1 });
    await raw.add("thing.do", { v: 1, id: { $ne: "hunter2" } });
    await raw.add("thing.do", "text");
    await raw.add("thing.do", { ...one, deep });
    await raw.add("thing.do", { ...one, id: 7, much: "x".repeat(5_000_000) });
    await raw.add("thing.do", { ...one, v: 0 });
    await raw.add("thing.do", JSON.parse('{"v":1,"id":"a","__proto__":{"x":1}}'));
    await raw.add("x".repeat(100_000), one);
    const broken = await raw.add("thing.do", one, { delay: 300 });
    await redis.hset(keyOf(broken.id ?? ""), "data", "{not json");
    await raw.add("thing.do", { ...one, id: "good", retryKey: "forged" });

    await expect.poll(() => got, soon).toContain("good");
    await expect.poll(() => letters.length, soon).toBe(10);
    expect(
      letters
        .map(({ code }) => code)
        .filter((code) => code !== "payload_invalid")
        .toSorted(),
    ).toEqual(["job_unknown", "job_unknown", "version_unsupported"]);
    expect(JSON.stringify(letters.map(({ reason }) => reason))).not.toContain("hunter2");
    expect(letters.filter(({ payload }) => isDeeperThan(payload, 32))).toEqual([]);
    for (const { payload, name } of letters) {
      expect(JSON.stringify(payload).length).toBeLessThan(300_000);
      expect(name.length).toBeLessThanOrEqual(200);
    }
    await producer.enqueue(contract(), [{ ...one, id: "still alive" }]);
    await expect.poll(() => got, soon).toContain("still alive");
  });

  it("is tried as often as the contract says, whatever its options say", async () => {
    const { contract, work, letters, intrude } = await setUp();
    const { raw } = intrude();
    const attempts: string[] = [];
    work([
      handlerOf(contract(), ({ id }, { attempt }) => {
        attempts.push(`${id}${attempt}`);
        return Promise.reject(new Error("no"));
      }),
    ]);
    await raw.add("thing.do", { ...one, id: "a" });
    await raw.add(
      "thing.do",
      { ...one, id: "b" },
      { attempts: 50, removeOnFail: false, backoff: { type: "fixed", delay: 1 } },
    );
    await expect.poll(() => letters.length, soon).toBe(2);
    expect(attempts.toSorted()).toEqual(["a1", "a2", "a3", "b1", "b2", "b3"]);
    await expect.poll(() => raw.getFailedCount(), soon).toBe(0);
  });

  it("in a newer version waits for a worker that knows it", async () => {
    const { contract, work, letters, intrude } = await setUp();
    const { raw } = intrude();
    const old = work([handlerOf(contract(), () => Promise.reject(new Error("must not run")))]);
    await raw.add("thing.do", { ...one, v: 2 });
    await expect.poll(() => raw.getDelayedCount(), soon).toBe(1);
    const [waiting] = await raw.getDelayed();
    expect((waiting?.timestamp ?? 0) + (waiting?.delay ?? 0) - Date.now()).toBeGreaterThan(10_000);
    await old.close(5_000);

    const got: number[] = [];
    const { key: _none, ...unkeyed } = contract();
    const newer = z.union([contract().schema, z.object({ v: z.literal(2), id: z.string() })]);
    const handler = handlerOf({ ...unkeyed, schema: newer }, ({ v }) =>
      Promise.resolve(void got.push(v)),
    );
    work([handler]);
    await waiting?.promote();
    await expect.poll(() => got, soon).toEqual([2]);
    expect(letters).toEqual([]);
  });
});

describe("a worker", () => {
  it("refuses handlers that it could never call", async () => {
    const { contract, work } = await setUp();
    const handler = handlerOf(contract(), () => Promise.resolve());
    expect(() => work([handler, handler])).toThrow("twice");
    expect(() =>
      work([handlerOf(contract({ queue: "elsewhere" }), () => Promise.resolve())]),
    ).toThrow("is not a job of the queue");
  });

  it("lets jobs finish at its end, and takes no more", async () => {
    const { contract, producer, work, queue } = await setUp();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    let finished = 0;
    const handler = handlerOf(contract(), async () => {
      begin();
      await gate;
      finished += 1;
    });
    const worker = work([handler], { concurrency: 1 });
    await producer.enqueue(contract(), [one, { ...one, id: "b" }]);
    await begun;
    const closed = worker.close(30_000);
    open();
    await closed;
    expect(finished).toBe(1);
    expect(await producer.depths([queue])).toEqual([{ queue, waiting: 1, active: 0, delayed: 0 }]);
  });

  it("tells jobs to stop before its time is over, and leaves them to others without an attempt spent", async () => {
    const { contract, producer, work, letters } = await setUp();
    const attempts: number[] = [];
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const handler = handlerOf(contract({ attempts: 1 }), async (_payload, { signal, attempt }) => {
      attempts.push(attempt);
      begin();
      if (attempts.length > 1) return;
      await new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("told to stop")));
      });
    });
    const worker = work([handler]);
    await producer.enqueue(contract(), [one]);
    await begun;
    const startedAt = performance.now();
    await worker.close(4_000);
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    work([handler]);
    await expect.poll(() => attempts, soon).toEqual([1, 1]);
    expect(letters).toEqual([]);
  });

  it("does not wait for a job that does not listen", async () => {
    const { contract, producer, work } = await setUp();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const handler = handlerOf(contract(), () => {
      begin();
      return new Promise(() => undefined);
    });
    const worker = work([handler]);
    await producer.enqueue(contract(), [one]);
    await begun;
    const startedAt = performance.now();
    await worker.close(1_000);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});
