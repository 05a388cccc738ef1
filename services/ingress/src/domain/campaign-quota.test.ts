import { expect, it } from "vitest";

import { quotaStatus, type CampaignQuota } from "./campaign-quota.ts";

const at = new Date("2026-11-25T00:00:00Z");
const quota: CampaignQuota = {
  choice: "hold",
  judged: { choice: "hold", needed: 100, left: 40, at },
  trimmed: 0,
  looksAt: null,
};
const view = (stateReason: string | null, more: Partial<CampaignQuota> = {}, state = "paused") =>
  quotaStatus({ state, stateReason, quota: { ...quota, ...more } });

it("says what was counted, and nothing where nothing was", () => {
  const counted = { choice: "hold", judgedAt: at.toISOString(), needed: 100, left: 40, short: 60 };
  expect(view(null, {}, "sending")).toMatchObject({ ...counted, waitsFor: null, resumesAt: null });
  const unlimited = { choice: "stop", needed: 100, left: null, at } as const;
  expect(view(null, { judged: unlimited })).toMatchObject({ left: null, short: 0 });
  // By the workspace's word of then, where it has none of its own.
  expect(view(null, { choice: null })).toMatchObject({ choice: "hold" });
  expect(view(null, { judged: null })).toMatchObject({
    choice: null,
    judgedAt: null,
    short: null,
  });
});

it.each([
  // A look within the month, the one at its end, and the first of the next; by Japan's clock.
  ["2026-11-25T00:10:00Z", "2026-11-30T15:00:00.000Z"],
  ["2026-11-30T15:00:00Z", "2026-11-30T15:00:00.000Z"],
  ["2026-11-30T15:10:00Z", "2026-12-31T15:00:00.000Z"],
])("that looks again at %s has room at %s at the latest", (looksAt, resumesAt) => {
  expect(view("quota", { looksAt: new Date(looksAt) })).toMatchObject({
    waitsFor: "room",
    resumesAt,
  });
});

it("waits for a word where it stops for the quota, though the sweeper looks at it", () => {
  const stop = { choice: "stop", needed: 100, left: 40, at } as const;
  const looksAt = new Date("2026-11-25T00:10:00Z");
  const over = { judged: stop, looksAt };
  expect(view("quota", over)).toMatchObject({ waitsFor: "resume", resumesAt: null });
  // What it was judged by counts, not what is asked for since.
  expect(view("quota", { ...over, choice: "hold" })).toMatchObject({ waitsFor: "resume" });
});

it("waits for a word where it does not go on by itself", () => {
  for (const reason of ["quota", "quota_short"])
    expect(view(reason)).toMatchObject({ waitsFor: "resume", resumesAt: null });
  expect(view("operator")).toMatchObject({ waitsFor: null });
});
