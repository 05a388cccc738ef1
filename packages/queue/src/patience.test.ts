import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { backoffMs } from "./backoff.ts";
import { createErrorBrake } from "./error-brake.ts";
import type { Log } from "./log.ts";
import { createRareLog } from "./rare-log.ts";
import { startSweeper } from "./sweeper.ts";
import { startWatchdog } from "./watchdog.ts";

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
});

const createLog = () => {
  const lines: { level: string; fields: Record<string, unknown>; sentence: string }[] = [];
  const at = (level: string) => (fields: object, sentence: string) => {
    lines.push({ level, fields: fields as Record<string, unknown>, sentence });
  };
  const log: Log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  return { log, lines };
};

describe("the pause before another try", () => {
  it("doubles from the contract's first one up to a minute, half of it random", () => {
    const job = { opts: { backoff: { type: "contract", delay: 500 } } };
    for (const [attempt, most] of [
      [1, 500],
      [2, 1_000],
      [3, 2_000],
      [8, 60_000],
      [1_000, 60_000],
    ] as const) {
      const pauses = Array.from({ length: 200 }, () =>
        backoffMs(attempt, undefined, undefined, job),
      );
      expect(Math.max(...pauses)).toBeLessThanOrEqual(most);
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(most / 2);
      expect(new Set(pauses).size).toBeGreaterThan(50);
    }
  });
});

describe("the log of a failing connection", () => {
  it("has one line per five seconds, whatever fails in between", () => {
    const { log, lines } = createLog();
    const note = createRareLog({ log, fields: { queue: "q" }, sentence: "trouble" });
    for (let second = 0; second < 20; second += 1) {
      for (let i = 0; i < 5_000; i += 1) note(new Error(`number ${i}`));
      vi.advanceTimersByTime(1_000);
    }
    expect(lines.map(({ fields }) => fields["times"])).toEqual([1, 24_999, 25_000, 25_000, 25_000]);
    note.close();
  });

  it("falls silent when it is over and speaks up at once the next time", () => {
    const { log, lines } = createLog();
    const note = createRareLog({ log, fields: {}, sentence: "trouble" });
    note(new Error("first"));
    vi.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(1);
    note(new Error("second"));
    expect(lines).toHaveLength(2);
    note.close();
  });
});

describe("the brake", () => {
  it("stops a worker that does nothing but fail, for a second at a time", () => {
    const calls: string[] = [];
    const brake = createErrorBrake({
      rest: () => Promise.resolve(void calls.push("rest")),
      goOn: () => Promise.resolve(void calls.push("go on")),
      onError: () => undefined,
    });
    for (let i = 0; i < 19; i += 1) brake.note();
    vi.advanceTimersByTime(2_000);
    expect(calls).toEqual([]);
    for (let i = 0; i < 5_000; i += 1) brake.note();
    expect(calls).toEqual(["rest"]);
    vi.advanceTimersByTime(1_000);
    expect(calls).toEqual(["rest", "go on"]);
    for (let i = 0; i < 20; i += 1) brake.note();
    expect(calls).toEqual(["rest", "go on", "rest"]);
    brake.close();
  });
});

describe("the watchdog", () => {
  const setup = (waiting: number, busy = false) => {
    const state = { waiting, busy, last: performance.now(), restarts: 0 };
    const watchdog = startWatchdog({
      idleMaxMs: 30_000,
      isBusy: () => state.busy,
      lastSignOfLife: () => state.last,
      waiting: () =>
        state.waiting < 0 ? Promise.reject(new Error("away")) : Promise.resolve(state.waiting),
      restart: () => (state.restarts += 1),
    });
    return { state, watchdog };
  };

  it("replaces a worker that sleeps beside waiting jobs, once per 30 s", async () => {
    const { state, watchdog } = setup(1);
    await vi.advanceTimersByTimeAsync(29_000);
    expect(state.restarts).toBe(0);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(state.restarts).toBe(1);
    await vi.advanceTimersByTimeAsync(31_000);
    expect(state.restarts).toBe(2);
    watchdog.close();
  });

  it.each([
    ["there is nothing to do", 0, false],
    ["jobs run", 5, true],
    ["Redis is away", -1, false],
  ])("leaves it alone while %s", async (_why, waiting, busy) => {
    const { state, watchdog } = setup(waiting, busy);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(state.restarts).toBe(0);
    watchdog.close();
  });

  it("gives a queue that fills after a long silence its 30 s", async () => {
    const { state, watchdog } = setup(0);
    await vi.advanceTimersByTimeAsync(300_000);
    state.waiting = 3;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(state.restarts).toBe(0);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(state.restarts).toBe(1);
    watchdog.close();
  });
});

describe("a sweeper", () => {
  it("sweeps at once and again, with jitter, whatever fails", async () => {
    const { log, lines } = createLog();
    const at: number[] = [];
    const sweeper = startSweeper({
      name: "rows",
      everyMs: 10_000,
      log,
      sweep: () => {
        at.push(performance.now());
        return at.length === 2 ? Promise.reject(new Error("away")) : Promise.resolve(3);
      },
    });
    await vi.advanceTimersByTimeAsync(100_000);
    const pauses = at.slice(1).map((time, i) => time - (at[i] ?? 0));
    expect(pauses.length).toBeGreaterThanOrEqual(8);
    for (const pause of pauses) {
      expect(pause).toBeGreaterThanOrEqual(8_000);
      expect(pause).toBeLessThanOrEqual(12_001);
    }
    expect(new Set(pauses).size).toBeGreaterThan(3);
    expect(lines.filter(({ level }) => level === "warn")).toHaveLength(1);
    await sweeper.close();
  });

  it("never sweeps twice at a time, and ends while it sweeps", async () => {
    let running = 0;
    let signal: AbortSignal | undefined;
    const sweeper = startSweeper({
      name: "rows",
      everyMs: 100,
      log: createLog().log,
      sweep: (given) => {
        running += 1;
        signal = given;
        return new Promise(() => undefined);
      },
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(running).toBe(1);
    const closed = sweeper.close();
    expect(signal?.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(2_000);
    await closed;
  });
});
