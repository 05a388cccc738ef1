import { describe, expect, it } from "vitest";

import { runSends } from "../chaos/run-sends.ts";
import { runWebhooks } from "../chaos/run-webhooks.ts";

const seed = 20_261_125;
const timeoutMs = 480_000;
const calm = { flushes: 0, mongoKills: 0, kills: 0, timeoutMs };

describe("webhooks have their effect once", { timeout: timeoutMs + 240_000 }, () => {
  it("with identity killed ten times, each event delivered 1–5 times in random order to two replicas", async () => {
    const report = await runWebhooks({ ...calm, seed, events: 1_000, people: 200, kills: 10 });
    expect(report).toMatchObject({
      kills: 10,
      events: 1_000,
      rows: 1_000,
      applied: 1_000,
      lost: 0,
      wrongFriendships: 0,
    });
  });

  it("with Redis flushed and MongoDB killed in mid-run, and no false 2xx", async () => {
    const report = await runWebhooks({
      ...calm,
      seed: seed + 1,
      events: 3_000,
      people: 500,
      flushes: 2,
      mongoKills: 2,
    });
    expect(report).toMatchObject({
      events: 3_000,
      rows: 3_000,
      applied: 3_000,
      lost: 0,
      wrongFriendships: 0,
    });
  });
});

describe("a campaign arrives once", { timeout: timeoutMs + 240_000 }, () => {
  it("with senders killed thirty times and a tenth of the calls reset after acceptance", async () => {
    const report = await runSends({ ...calm, seed, messages: 2_000, kills: 30, resetShare: 0.1 });
    expect(report).toMatchObject({
      kills: 30,
      accepted: 2_000,
      lost: 0,
      duplicates: 0,
      sameKeyOtherBody: 0,
    });
    expect(report.totals).toEqual(report.recounted);
    expect(report.totals).toMatchObject({ audience: 2_000, accepted: 2_000 });
  });

  it("with Redis flushed and MongoDB killed in mid-run", async () => {
    const report = await runSends({
      ...calm,
      seed: seed + 1,
      messages: 600,
      flushes: 2,
      mongoKills: 2,
      resetShare: 0.1,
    });
    expect(report).toMatchObject({ accepted: 600, lost: 0, duplicates: 0, sameKeyOtherBody: 0 });
    expect(report.totals).toEqual(report.recounted);
    expect(report.totals).toMatchObject({ audience: 600, accepted: 600 });
  });
});
