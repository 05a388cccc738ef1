import { describe, expect, it } from "vitest";

import { resets, runSends } from "../chaos/run-sends.ts";

const seed = 20_261_125;
/** Some twenty times what a story takes on two idle cores: a time-out on a busy machine would prove nothing. */
const timeoutMs = 1_200_000;
const kills = 30;
const messages = 2_000;
const calm = { flushes: 0, mongoKills: 0, kills: 0, timeoutMs };

/** Each has a world of its own, and waits for most of its time: for locks of the killed to lapse. */
describe("a campaign arrives once", { timeout: timeoutMs + 240_000 }, () => {
  it.concurrent("with senders killed again and again and a tenth of the calls reset after acceptance", async () => {
    const report = await runSends({
      ...calm,
      seed,
      messages,
      kills,
      faults: resets,
    });
    // First, as it says what became of whoever got nothing.
    expect(report.totals).toMatchObject({ audience: messages, accepted: messages });
    expect(report).toMatchObject({
      kills,
      accepted: messages,
      lost: 0,
      duplicates: 0,
      sameKeyOtherBody: 0,
    });
    expect(report.counted).toEqual(report.recounted);
    expect(Object.keys(report.counted.variants)).toEqual(["A", "B", "C"]);
    expect(report.series).toEqual(report.recountedSeries);
  });

  it.concurrent("with Redis flushed and MongoDB killed in mid-run", async () => {
    const report = await runSends({
      ...calm,
      seed: seed + 1,
      messages: 600,
      flushes: 2,
      mongoKills: 2,
      faults: resets,
    });
    expect(report.totals).toMatchObject({ audience: 600, accepted: 600 });
    expect(report).toMatchObject({
      flushes: 2,
      mongoKills: 2,
      accepted: 600,
      lost: 0,
      duplicates: 0,
      sameKeyOtherBody: 0,
    });
    expect(report.counted).toEqual(report.recounted);
    expect(Object.keys(report.counted.variants)).toEqual(["A", "B", "C"]);
    expect(report.series).toEqual(report.recountedSeries);
  });
});
