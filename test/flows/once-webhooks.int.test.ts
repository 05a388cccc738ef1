import { describe, expect, it } from "vitest";

import { runWebhooks } from "../chaos/run-webhooks.ts";

const seed = 20_261_125;
/** Some twenty times what a story takes on two idle cores: a time-out on a busy machine would prove nothing. */
const timeoutMs = 1_200_000;
const kills = 10;
const events = 1_000;
const calm = { flushes: 0, mongoKills: 0, kills: 0, timeoutMs };

/** Each has a world and servers of its own, and waits for much of its time: for locks of the killed to lapse. */
describe("webhooks have their effect once", { timeout: timeoutMs + 240_000 }, () => {
  it.concurrent("with identity killed again and again, each event delivered 1–5 times in random order to two replicas", async () => {
    const report = await runWebhooks({ ...calm, seed, events, people: 200, kills });
    expect(report).toMatchObject({
      kills,
      events,
      rows: events,
      applied: events,
      lost: 0,
      wrongFriendships: 0,
    });
  });

  it.concurrent("with Redis flushed and MongoDB killed in mid-run, and no false 2xx", async () => {
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
