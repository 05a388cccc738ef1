import { describe, expect, it } from "vitest";

import { resets, runSends } from "../chaos/run-sends.ts";
import { runWebhooks } from "../chaos/run-webhooks.ts";

const seed = 20_261_125;
/** Some twenty times what a story takes on two idle cores: a time-out on a busy machine would prove nothing. */
const timeoutMs = 1_200_000;
const identityKills = 10;
const senderKills = 30;
const events = 1_000;
const messages = 2_000;
const calm = { flushes: 0, mongoKills: 0, kills: 0, timeoutMs };

describe("webhooks have their effect once", { timeout: timeoutMs + 240_000 }, () => {
  it("with identity killed again and again, each event delivered 1–5 times in random order to two replicas", async () => {
    const report = await runWebhooks({
      ...calm,
      seed,
      events,
      people: 200,
      kills: identityKills,
    });
    expect(report).toMatchObject({
      kills: identityKills,
      events,
      rows: events,
      applied: events,
      lost: 0,
      wrongFriendships: 0,
    });
  });

  it("with Redis flushed and MongoDB killed in mid-run, and no false 2xx", async () => {
    const report = await runWebhooks({
      ...calm,
      seed: seed + 1,
      events,
      people: 100,
      flushes: 2,
      mongoKills: 2,
    });
    expect(report).toMatchObject({
      flushes: 2,
      mongoKills: 2,
      events,
      rows: events,
      applied: events,
      lost: 0,
      wrongFriendships: 0,
    });
  });
});

describe("a campaign arrives once", { timeout: timeoutMs + 240_000 }, () => {
  it("with senders killed again and again and a tenth of the calls reset after acceptance", async () => {
    const report = await runSends({
      ...calm,
      seed,
      messages,
      kills: senderKills,
      faults: resets,
    });
    expect(report).toMatchObject({
      kills: senderKills,
      accepted: messages,
      lost: 0,
      duplicates: 0,
      sameKeyOtherBody: 0,
    });
    expect(report.counted).toEqual(report.recounted);
    expect(Object.keys(report.counted.variants)).toEqual(["A", "B", "C"]);
    expect(report.series).toEqual(report.recountedSeries);
    expect(report.totals).toMatchObject({ audience: messages, accepted: messages });
  });

  it("with Redis flushed and MongoDB killed in mid-run", async () => {
    const report = await runSends({
      ...calm,
      seed: seed + 1,
      messages: 600,
      flushes: 2,
      mongoKills: 2,
      faults: resets,
    });
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
    expect(report.totals).toMatchObject({ audience: 600, accepted: 600 });
  });
});
