import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

import { Redis } from "ioredis";
import { expect, it } from "vitest";

import { testServers } from "@yubin/servers/testing";

import type { Channel, Slot } from "../src/domain/ports.ts";
import { createPacer, type RunningPacer } from "../src/store/pacer.ts";
import { tickUs, windowTicks } from "../src/store/pacer-scripts.ts";

const channel = (push: number): Channel => ({
  id: `chan_${randomUUID()}`,
  workspaceId: "ws_main",
  provider: "acme",
  name: "Shop",
  state: "connected",
  version: 1,
  limits: { push, multicast: 200 },
});

interface Pacers extends AsyncDisposable {
  readonly all: readonly RunningPacer[];
}

const openPacers = async (count: number): Promise<Pacers> => {
  const { redisUrl } = testServers();
  const onError = (): void => undefined;
  const all = Array.from({ length: count }, () => createPacer({ redisUrl, onError }));
  await Promise.all(all.map(reaches));
  return {
    all,
    [Symbol.asyncDispose]: async () => {
      for (const one of all) one.close();
    },
  };
};

const reaches = async (pacer: RunningPacer): Promise<void> => {
  for (let tries = 0; ; tries += 1) {
    try {
      await pacer.throttle("camp_none", 1, 1);
      return;
    } catch (error) {
      if (tries === 100) throw error;
      await pause(50);
    }
  }
};

/** Redis at the end of a line on which everything takes a while, there and back. */
const openFarRedis = async (
  delayMs: number,
): Promise<AsyncDisposable & { readonly url: string }> => {
  const { hostname, port } = new URL(testServers().redisUrl);
  const later = (to: Socket) => (chunk: Buffer) => void setTimeout(() => to.write(chunk), delayMs);
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    near.on("data", later(far)).on("close", () => far.destroy());
    far.on("data", later(near)).on("close", () => near.destroy());
    for (const socket of [near, far]) socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: at } = server.address() as AddressInfo;
  return {
    url: `redis://127.0.0.1:${at}`,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
};

/** Slots that whoever asks as fast as they can for a while has taken; `use` says which of them they could not use. */
const slotsIn = async (
  pacer: RunningPacer,
  of: Channel,
  {
    ms,
    calls = 20,
    use = (slots) => ({ used: slots, lost: [] }),
  }: {
    readonly ms: number;
    readonly calls?: number;
    readonly use?: (slots: readonly Slot[]) => { used: readonly Slot[]; lost: readonly Slot[] };
  },
): Promise<Slot[]> => {
  const endsAt = performance.now() + ms;
  const taken: Slot[] = [];
  while (performance.now() < endsAt) {
    const { slots, waitMs } = await pacer.reserve(of, "push", { calls, urgency: "bulk" });
    const { used, lost } = use(slots);
    taken.push(...used);
    if (lost.length > 0) await pacer.release(of, "push", lost);
    if (slots.length === 0) await pause(waitMs);
  }
  return taken;
};

/** The most in any window of so many milliseconds, wherever it starts. */
const fullest = (times: readonly number[], windowMs: number): number => {
  const sorted = times.toSorted((one, other) => one - other);
  let from = 0;
  let most = 0;
  for (const [place, time] of sorted.entries()) {
    while ((sorted[from] ?? time) <= time - windowMs) from += 1;
    most = Math.max(most, place - from + 1);
  }
  return most;
};

const ticksOf = (slots: readonly Slot[]): number[] => slots.map(({ tick }) => tick * 5);

/** Calls a second, without the first and the last of them. */
const meanOf = (times: readonly number[]): number => {
  const sorted = times.toSorted((one, other) => one - other);
  return (sorted.length - 1) / (((sorted.at(-1) ?? 0) - (sorted[0] ?? 0)) / 1_000);
};

it.each([2_000, 200, 7, 1])(
  "four replicas at %d calls a second: no second holds more, and hardly less",
  async (perSecond) => {
    await using pacers = await openPacers(4);
    const of = channel(perSecond);
    const slots = (
      await Promise.all(pacers.all.map((one) => slotsIn(one, of, { ms: 4_000 })))
    ).flat();
    // By the clock of Redis, and as each of them understands it.
    expect(fullest(ticksOf(slots), 1_020)).toBeLessThanOrEqual(perSecond);
    expect(
      fullest(
        slots.map(({ at }) => at),
        1_000,
      ),
    ).toBeLessThanOrEqual(perSecond);
    expect(meanOf(ticksOf(slots))).toBeGreaterThan(perSecond * 0.97);
    // And evenly: a tenth of a second holds its share, or a quarter more at the start.
    expect(fullest(ticksOf(slots), 100)).toBeLessThanOrEqual(perSecond * 0.1 * 1.3 + 2);
  },
);

it.each([2_000, 200])(
  "at %d calls a second slots that are lost are used by others, and still no second holds more",
  async (perSecond) => {
    await using pacers = await openPacers(3);
    const of = channel(perSecond);
    const lost: Slot[] = [];
    const slots = (
      await Promise.all(
        pacers.all.map((one, replica) =>
          slotsIn(one, of, {
            ms: 5_000,
            calls: 50,
            // Two lose a fifth of theirs, one of them the last and one the first.
            use: (all) => {
              const fifth = Math.floor(all.length / 5);
              if (replica === 0 || fifth === 0) return { used: all, lost: [] };
              const [from, to] = replica === 1 ? [0, fifth] : [all.length - fifth, all.length];
              const gone = all.slice(from, to);
              lost.push(...gone);
              return { used: all.filter((slot) => !gone.includes(slot)), lost: gone };
            },
          }),
        ),
      )
    ).flat();
    expect(lost.length).toBeGreaterThan(perSecond * 0.3);
    expect(fullest(ticksOf(slots), 1_020)).toBeLessThanOrEqual(perSecond);
    expect(meanOf(ticksOf(slots))).toBeGreaterThan(perSecond * 0.95);
  },
);

it("gives no slot that comes before one is ready, and all of a grant or none to a campaign", async () => {
  await using pacers = await openPacers(1);
  const [pacer] = pacers.all;
  if (!pacer) throw new Error("no pacer");
  const of = channel(1_000);
  const before = Date.now();
  const first = await pacer.reserve(of, "push", { calls: 30, urgency: "bulk", afterMs: 200 });
  expect(first.slots).toHaveLength(30);
  expect(first.slots[0]?.at).toBeGreaterThanOrEqual(before + 200);
  expect(first.slots.map(({ at }) => at)).toEqual(
    first.slots.map(({ at }) => at).toSorted((one, other) => one - other),
  );
  const grants = [];
  for (let asked = 0; asked < 12; asked += 1)
    grants.push(await pacer.reserve(of, "push", { calls: 30, urgency: "bulk", afterMs: 200 }));
  expect(new Set(grants.map(({ slots }) => slots.length))).toEqual(new Set([30, 0]));
  // What was not used is there for the next.
  await pacer.release(of, "push", first.slots);
  const again = await pacer.reserve(of, "push", { calls: 30, urgency: "begun" });
  expect(again.slots).toHaveLength(30);
  expect(again.slots.at(-1)?.at).toBeLessThan(before + 600);
});

it.each([2_000, 1])(
  "at %d calls a second has slots for a campaign whose sender takes long to get ready",
  async (perSecond) => {
    await using pacers = await openPacers(1);
    const [pacer] = pacers.all;
    const of = channel(perSecond);
    const taken: Slot[] = [];
    const endsAt = performance.now() + 3_000;
    while (performance.now() < endsAt) {
      const asked = { calls: 200, urgency: "bulk", afterMs: 600 } as const;
      const { slots, waitMs } = (await pacer?.reserve(of, "push", asked)) ?? {
        slots: [],
        waitMs: 0,
      };
      taken.push(...slots);
      if (slots.length === 0) await pause(waitMs);
    }
    expect(taken.length).toBeGreaterThanOrEqual(3 * perSecond * 0.95);
    expect(fullest(ticksOf(taken), 1_020)).toBeLessThanOrEqual(perSecond);
  },
);

it("hands out what is ahead for a while only; a message on its own has a slot where campaigns have to wait", async () => {
  await using pacers = await openPacers(1);
  const [pacer] = pacers.all;
  const of = channel(100);
  const ask = (urgency: "bulk" | "single") => pacer?.reserve(of, "push", { calls: 50, urgency });
  const grants = [];
  for (let asked = 0; asked < 8; asked += 1) grants.push(await ask("bulk"));
  expect(grants.reduce((sum, one) => sum + (one?.slots.length ?? 0), 0)).toBeLessThan(70);
  expect(grants.at(-1)).toMatchObject({ slots: [] });
  expect(grants.at(-1)?.waitMs).toBeLessThan(300);
  const single = await ask("single");
  expect(single?.slots.length).toBeGreaterThan(0);
  expect(single?.slots[0]?.at).toBeLessThan(Date.now() + 700);
});

it("hands out slots that are still ahead when their answer is here, however far away Redis is", async () => {
  await using far = await openFarRedis(40);
  const pacer = createPacer({ redisUrl: far.url, onError: () => undefined });
  await reaches(pacer);
  const of = channel(500);
  let late = 0;
  for (let asked = 0; asked < 20; asked += 1) {
    const { slots } = await pacer.reserve(of, "push", { calls: 1, urgency: "begun" });
    if (slots.some(({ at }) => at < Date.now())) late += 1;
  }
  pacer.close();
  // The first ones tell how far it is.
  expect(late).toBeLessThan(4);
});

it("tells slots by the clock that it is given", async () => {
  const { redisUrl } = testServers();
  const dayMs = 86_400_000;
  const onError = (): void => undefined;
  const now = (): Date => new Date(Date.now() + dayMs);
  const pacer = createPacer({ redisUrl, now, onError });
  await reaches(pacer);
  const before = Date.now();
  const { slots } = await pacer.reserve(channel(100), "push", { calls: 1, urgency: "single" });
  const after = Date.now();
  pacer.close();
  expect(slots[0]?.at).toBeGreaterThan(before + dayMs - 100);
  expect(slots[0]?.at).toBeLessThan(after + dayMs + 100);
});

it.concurrent.each([2_000, 200])(
  "at %d calls a second slots are wider while somebody is late for most, and still no second holds more",
  async (perSecond) => {
    await using pacers = await openPacers(2);
    const of = channel(perSecond);
    const startedAt = Date.now();
    const busyMs = 3_000;
    const overMs = busyMs + 7_000;
    // Whole windows, since what comes faster and slower in one does so in the next.
    const endMs = overMs + 2 * ((windowTicks * tickUs) / 1_000);
    const calls: number[] = [];
    const graces: { readonly at: number; readonly graceMs: number }[] = [];
    // One is up to 60 ms late for 3 s, as a process whose event loop stands still again and again, and punctual then.
    const lateFor = (replica: number): number =>
      replica === 0 && Date.now() - startedAt < busyMs ? Math.random() * 60 : 0;
    await Promise.all(
      pacers.all.map((pacer, replica) =>
        slotsIn(pacer, of, {
          ms: endMs + 500,
          use: (slots) => {
            const used: Slot[] = [];
            for (const slot of slots) {
              const lateMs = lateFor(replica);
              pacer.came(lateMs);
              if (lateMs > slot.graceMs) continue;
              used.push(slot);
              calls.push(slot.at + lateMs);
              graces.push({ at: slot.at - startedAt, graceMs: slot.graceMs });
            }
            return { used, lost: slots.filter((slot) => !used.includes(slot)) };
          },
        }),
      ),
    );
    expect(fullest(calls, 1_000)).toBeLessThanOrEqual(perSecond);
    const between = (from: number, to: number): number[] =>
      calls.filter((at) => at >= startedAt + from && at < startedAt + to);
    // A window that is 55 ms longer holds a twentieth less.
    expect(meanOf(between(1_500, busyMs))).toBeGreaterThan(perSecond * 0.9);
    expect(between(overMs, endMs).length).toBeGreaterThan(2 * perSecond * 0.98);
    const widest = (from: number, to: number): number =>
      Math.max(...graces.filter(({ at }) => at >= from && at < to).map(({ graceMs }) => graceMs));
    // As wide as both need in the mean, some 25 ms; how many looks each has had is up to the machine.
    expect(widest(0, busyMs)).toBeGreaterThan(15);
    expect(widest(overMs, endMs)).toBeLessThan(10);
  },
);

it("is not silent for whoever comes again after a while in which nobody called", async () => {
  await using pacers = await openPacers(1);
  const [pacer] = pacers.all;
  if (!pacer) throw new Error("no pacer");
  const ask = async (of: Channel): Promise<number> => {
    const askedAt = Date.now();
    const { slots } = await pacer.reserve(of, "push", { calls: 1, urgency: "single" });
    return (slots[0]?.at ?? Infinity) - askedAt;
  };
  await Promise.all(
    // From when all that was granted is over, until Redis forgets that it ever was.
    [2_100, 2_300, 2_600, 2_900, 3_100].map(async (idleMs) => {
      const of = channel(100);
      await ask(of);
      await pause(idleMs);
      expect(await ask(of)).toBeLessThan(1_000);
    }),
  );
});

it("hears those who are late as well as others, however often they give slots back", async () => {
  await using pacers = await openPacers(2);
  const [late, punctual] = pacers.all;
  if (!late || !punctual) throw new Error("no pacers");
  const of = channel(2_000);
  const ask = (pacer: RunningPacer) => pacer.reserve(of, "push", { calls: 20, urgency: "begun" });
  await ask(punctual);
  let graceMs = 0;
  for (let round = 0; round < 60; round += 1) {
    for (let nth = 0; nth < 20; nth += 1) {
      late.came(60);
      punctual.came(0);
    }
    const { slots } = await ask(late);
    await pause(25);
    // Right before it asks for others.
    await late.release(of, "push", slots);
    await ask(late);
    await pause(25);
    graceMs = (await ask(punctual)).slots[0]?.graceMs ?? graceMs;
  }
  // Twelve ticks for one of two.
  expect(graceMs).toBeGreaterThan(3 + 4 * 5);
  expect(graceMs).toBeLessThan(3 + 10 * 5);
});

it("gives those who want many their turn beside those who want few", async () => {
  await using pacers = await openPacers(1);
  const [pacer] = pacers.all;
  if (!pacer) throw new Error("no pacer");
  const of = channel(200);
  const [many, few] = await Promise.all([
    Promise.all(Array.from({ length: 8 }, () => slotsIn(pacer, of, { ms: 5_000, calls: 200 }))),
    Promise.all(Array.from({ length: 30 }, () => slotsIn(pacer, of, { ms: 5_000, calls: 5 }))),
  ]);
  const all = [...many, ...few].flat().length;
  expect(all).toBeGreaterThan(200 * 5 * 0.9);
  expect(many.flat().length).toBeGreaterThan(all * 0.2);
});

it("keeps to the limit where Redis forgets everything", async () => {
  await using pacers = await openPacers(3);
  const of = channel(500);
  const redis = new Redis(testServers().redisUrl);
  const running = Promise.all(pacers.all.map((one) => slotsIn(one, of, { ms: 5_000 })));
  await pause(1_500);
  await redis.del(`{yubin-pace/${of.id}/push}`);
  const slots = (await running).flat();
  redis.disconnect();
  expect(fullest(ticksOf(slots), 1_000)).toBeLessThanOrEqual(500);
  expect(slots.length).toBeGreaterThan(500 * 2.5);
});

it("keeps to the limit where the clock of Redis is set back, and goes on at once after that", async () => {
  await using pacers = await openPacers(1);
  const [pacer] = pacers.all;
  if (!pacer) throw new Error("no pacer");
  const of = channel(100);
  await pacer.answered(of, "push", { good: 0, bad: 60 });
  const ask = () => pacer.reserve(of, "push", { calls: 100, urgency: "begun" });
  await ask();
  const redis = new Redis(testServers().redisUrl);
  const key = `{yubin-pace/${of.id}/push}`;
  // What was written before it was set back by an hour.
  const times = ["grewAt", "hold", "from", "silent", "sparedAt", "born", "beforeUntil"];
  const hourUs = 3_600_000_000;
  for (const field of times)
    await redis.hset(key, field, Number(await redis.hget(key, field)) + hourUs);
  await redis.hset(key, "first", Number(await redis.hget(key, "first")) + hourUs / tickUs);
  const setBackAt = Date.now();
  const { slots } = await ask();
  expect(slots).toEqual([]);
  let first: Slot | undefined;
  while (!first && Date.now() < setBackAt + 5_000) {
    await pause(100);
    [first] = (await ask()).slots;
  }
  redis.disconnect();
  expect(first?.at).toBeGreaterThan(setBackAt + 2_000);
});

it("is not slowed down by the few 429 that LINE gives for one person or by chance", async () => {
  await using pacers = await openPacers(2);
  const [one, other] = pacers.all;
  const of = channel(1_000);
  for (let round = 0; round < 200; round += 1)
    await (round % 2 === 0 ? one : other)?.answered(of, "push", { good: 19, bad: 1 });
  const granted = await one?.reserve(of, "push", { calls: 500, urgency: "bulk" });
  expect(granted?.slots).toHaveLength(100);
});

it("comes down to what LINE takes, and asks for more only now and then", async () => {
  await using pacers = await openPacers(1);
  const [pacer] = pacers.all;
  if (!pacer) throw new Error("no pacer");
  const of = channel(2_000);
  let bad = 0;
  let good = 0;
  const bucket = { left: 100, at: performance.now() };
  // LINE takes 100 a second here, as a bucket that is refilled.
  const call = (): boolean => {
    const now = performance.now();
    bucket.left = Math.min(100, bucket.left + (now - bucket.at) / 10);
    bucket.at = now;
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  };
  const endsAt = performance.now() + 15_000;
  while (performance.now() < endsAt) {
    const { slots, waitMs } = await pacer.reserve(of, "push", { calls: 200, urgency: "bulk" });
    if (slots.length === 0) {
      await pause(waitMs);
      continue;
    }
    await pause((slots.at(-1)?.at ?? 0) - Date.now());
    const answers = slots.map(call);
    const taken = answers.filter(Boolean).length;
    good += taken;
    bad += answers.length - taken;
    await pacer.answered(of, "push", { good: taken, bad: answers.length - taken });
  }
  expect(good).toBeGreaterThan(700);
  expect(bad).toBeLessThan(good * 0.6);
}, 30_000);

it("asks for more again after that, however often it is asked for slots meanwhile", async () => {
  await using pacers = await openPacers(1);
  const [pacer] = pacers.all;
  if (!pacer) throw new Error("no pacer");
  const of = channel(20);
  const redis = new Redis(testServers().redisUrl);
  const rate = async (): Promise<number> =>
    Number(await redis.hget(`{yubin-pace/${of.id}/push}`, "rate"));
  const ask = () => pacer.reserve(of, "push", { calls: 1, urgency: "single" });
  await pacer.answered(of, "push", { good: 0, bad: 60 });
  await pause(3_100); // a second in which nobody calls, and two in which the pace is held
  await ask();
  const before = await rate();
  expect(before).toBeLessThan(2);
  const endsAt = performance.now() + 2_000;
  while (performance.now() < endsAt) await Promise.all(Array.from({ length: 64 }, ask));
  const grown = await rate();
  redis.disconnect();
  expect(grown / before).toBeGreaterThan(1.08); // 5 % a second
}, 30_000);

it("goes by a limit that is raised at once, whatever a replica that does not know of it yet does", async () => {
  await using pacers = await openPacers(2);
  const [one, other] = pacers.all;
  if (!one || !other) throw new Error("no pacers");
  const before = channel(50);
  await slotsIn(one, before, { ms: 1_000 });
  const after = { ...before, limits: { ...before.limits, push: 1_000 } };
  const [slots] = await Promise.all([
    slotsIn(one, after, { ms: 2_000 }),
    slotsIn(other, before, { ms: 500 }),
  ]);
  expect(slots.length).toBeGreaterThan(1_000);
});

it("lets a message on its own that finds nothing wait for a while before it asks again", async () => {
  await using pacers = await openPacers(1);
  const [pacer] = pacers.all;
  if (!pacer) throw new Error("no pacer");
  const of = channel(20);
  const ask = () => pacer.reserve(of, "push", { calls: 100, urgency: "begun" });
  expect((await ask()).slots.length).toBeGreaterThan(10);
  const waits = await Promise.all(Array.from({ length: 20 }, ask));
  const full = waits.filter(({ slots }) => slots.length === 0);
  expect(full.length).toBeGreaterThan(10);
  for (const { waitMs } of full) expect(waitMs).toBeGreaterThan(40);
  // Not all at once.
  expect(new Set(full.map(({ waitMs }) => waitMs)).size).toBeGreaterThan(4);
});

it("what a throttled campaign did not use is given back, as long as nobody has gone after it", async () => {
  await using pacers = await openPacers(1);
  const [pacer] = pacers.all;
  if (!pacer) throw new Error("no pacer");
  const id = `camp_${randomUUID()}`;
  const first = await pacer.throttle(id, 60, 30);
  expect(first.waitMs).toBe(0);
  await first.giveBack(9);
  await first.giveBack(0);
  await first.giveBack(20);
  expect((await pacer.throttle(id, 60, 1)).waitMs).toBeLessThanOrEqual(1_000);
  await pause(1_000);
  const second = await pacer.throttle(id, 60, 5);
  expect(second.waitMs).toBe(0);
  await first.giveBack(1);
  expect((await pacer.throttle(id, 60, 1)).waitMs).toBeGreaterThan(4_000);
});
