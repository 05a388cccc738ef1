import { cp, rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { startRedis, type LocalServer } from "@yubin/servers";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { handlerOf, startSweeper } from "../src/index.ts";
import { setUpQueue, soon } from "./set-up-queue.ts";

// A Redis of its own: these tests do their worst to it.
let redis: LocalServer;
beforeAll(async () => {
  redis = await startRedis({ env: { ...process.env, REDIS_URL: undefined } });
  return () => redis.stop();
});

const rounds = 5;
const calmMs = 700;

/** Rows as a service has them in MongoDB: what Redis forgets is still here. */
const createRows = () => {
  const rows = new Map<string, { done: boolean; nextAt: number }>();
  let runs = 0;
  return {
    add: (ids: readonly string[]) => {
      for (const id of ids) rows.set(id, { done: false, nextAt: Date.now() + 1_500 });
    },
    due: () =>
      [...rows].filter(([, row]) => !row.done && row.nextAt < Date.now()).map(([id]) => id),
    putOff: (ids: readonly string[]) => {
      for (const id of ids) Object.assign(rows.get(id) ?? {}, { nextAt: Date.now() + 1_500 });
    },
    settle: (id: string) => {
      runs += 1;
      Object.assign(rows.get(id) ?? {}, { done: true });
    },
    counts: () => ({
      made: rows.size,
      lost: [...rows.values()].filter(({ done }) => !done).length,
      runs,
    }),
  };
};

/** Producers, workers and a sweeper as services have them, and rows that keep coming until told otherwise. */
const setUp = async () => {
  const { contract, producer, work, queue, lines, letters, intrude } = await setUpQueue({
    redisUrl: redis.url,
  });
  const rows = createRows();
  const keyed = contract({ key: ({ id }) => id });
  const enqueue = (ids: readonly string[]): Promise<void> =>
    producer.enqueue(
      keyed,
      ids.map((id) => ({ v: 1 as const, id })),
    );
  const handler = handlerOf(keyed, async ({ id }) => {
    await pause(5); // long enough to be in the middle of it
    rows.settle(id);
  });
  work([handler]);
  work([handler]);
  const sweeper = startSweeper({
    name: "rows",
    everyMs: 500,
    sweep: async () => {
      const ids = rows.due();
      await enqueue(ids);
      rows.putOff(ids);
      return ids.length;
    },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  onTestFinished(() => sweeper.close());

  let made = 0;
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const flow = (async () => {
    while (!stop.signal.aborted) {
      const ids = Array.from({ length: 10 }, () => `row-${(made += 1)}`);
      rows.add(ids);
      await enqueue(ids).catch(() => undefined); // as at the edge: the rows are enough
      await pause(20);
    }
  })();
  const stopFlow = (): Promise<void> => {
    stop.abort();
    return flow;
  };
  return { rows, stopFlow, producer, queue, lines, letters, intrude };
};

type World = Awaited<ReturnType<typeof setUp>>;

const nemeses: readonly { readonly what: string; strike(world: World): Promise<void> }[] = [
  {
    what: "is killed and comes back with what its disk has",
    strike: async () => {
      await redis.kill9();
      await pause(300);
      await redis.restart();
    },
  },
  {
    what: "loses everything at once",
    strike: async ({ intrude }) => {
      await intrude().redis.flushall();
    },
  },
  {
    what: "comes back as it was a second ago, as after a power cut or with a replica that lagged",
    strike: async ({ intrude }) => {
      const [, dir = ""] = await intrude().redis.config("GET", "dir");
      const copy = `${dir}-older`;
      await cp(dir, copy, { recursive: true });
      await pause(1_000);
      await redis.kill9();
      await rm(dir, { recursive: true });
      await cp(copy, dir, { recursive: true });
      await rm(copy, { recursive: true });
      await redis.restart();
    },
  },
  {
    what: "hangs for longer than jobs and producers wait",
    strike: async () => {
      process.kill(redis.pid ?? 0, "SIGSTOP");
      await pause(6_000);
      process.kill(redis.pid ?? 0, "SIGCONT");
    },
  },
];

describe.each(nemeses)("a Redis that $what, again and again", ({ strike }) => {
  it("costs time, no work, and no restart of ours", async () => {
    const world = await setUp();
    const { rows, stopFlow, producer, queue, letters, lines } = world;
    for (let round = 0; round < rounds; round += 1) {
      await pause(calmMs);
      await strike(world);
    }
    await stopFlow();
    await expect.poll(() => rows.counts().lost, soon).toBe(0);
    await expect
      .poll(() => producer.depths([queue]), soon)
      .toEqual([{ queue, waiting: 0, active: 0, delayed: 0 }]);
    const { made, runs } = rows.counts();
    expect(made).toBeGreaterThan(300);
    expect(runs).toBeGreaterThanOrEqual(made);
    expect(runs).toBeLessThan(made * (rounds + 1));
    expect(letters).toEqual([]);
    const ofTrouble = lines.filter((line) => !line.startsWith("job "));
    expect(ofTrouble.length).toBeLessThan(100);
  });
});
