import { Failure, type FailureCode } from "@yubin/errors";
import { describe, expect, it } from "vitest";

import { readFollowers, type ListingPlace, type ReadFollowersDeps } from "./read-followers.ts";

const now = new Date("2026-11-26T12:00:00Z");
const ago = (ms: number): Date => new Date(now.getTime() - ms);
const hourMs = 3_600_000;
const channel = { workspaceId: "ws_main", channelId: "chan_1" };
const first: ListingPlace = { pass: 1, asOf: null, start: null, startAt: null, pages: 0 };
const later: ListingPlace = {
  pass: 2,
  asOf: ago(60_000),
  start: "place-2",
  startAt: ago(1_000),
  pages: 4,
};

const read = (
  askFollowers: ReadFollowersDeps["askFollowers"],
  place: ListingPlace = first,
  tries = 0,
) => readFollowers({ askFollowers, now: () => now }, channel, { place, tries });
const failing = (code: FailureCode, retryAfterMs?: number) => async () => {
  throw new Failure(code, "LINE", retryAfterMs === undefined ? {} : { retryAfterMs });
};

describe("a page", () => {
  it("holds as of shortly before the first one was asked for, and names each person once", async () => {
    const answer = await read(async () => ({ userIds: ["Ua", "Ub", "Ua"], next: "place-1" }));
    expect(answer).toEqual({
      kind: "page",
      lineUserIds: ["Ua", "Ub"],
      asOf: ago(10_000),
      isLast: false,
      next: { pass: 1, asOf: ago(10_000), start: "place-1", startAt: now, pages: 1 },
    });
  });

  it("keeps the time of the first one, and may be empty and not the last", async () => {
    const starts: (string | null)[] = [];
    const answer = await read(async (_, start) => {
      starts.push(start);
      return { userIds: [], next: "place-3" };
    }, later);
    expect(starts).toEqual(["place-2"]);
    expect(answer).toMatchObject({ kind: "page", asOf: later.asOf, isLast: false });
  });

  it("without a next one is the last", async () => {
    expect(await read(async () => ({ userIds: [] }), later)).toMatchObject({ isLast: true });
  });
});

describe("a place that LINE has forgotten", () => {
  const again = {
    kind: "again",
    next: { pass: 3, asOf: null, start: null, startAt: null, pages: 4 },
  };

  it("starts the listing again", async () => {
    expect(await read(failing("line.refused"), later)).toEqual(again);
  });

  it("is not even asked for after 23 hours", async () => {
    const asked = async () => expect.fail("it was asked");
    expect(await read(asked, { ...later, startAt: ago(23 * hourMs + 1) })).toEqual(again);
    const page = async () => ({ userIds: [] });
    expect(await read(page, { ...later, startAt: ago(23 * hourMs) })).toMatchObject({
      kind: "page",
    });
  });

  it("ends the listing the fifth time", async () => {
    expect(await read(failing("line.refused"), { ...later, pass: 5 })).toEqual({
      kind: "failed",
      reason: "listing_expired",
    });
  });
});

it("is not read for ever where it goes round in circles", async () => {
  const endless = { kind: "failed", reason: "listing_endless" };
  expect(await read(async () => ({ userIds: ["Ua"], next: "place-2" }), later)).toEqual(endless);
  expect(await read(async () => ({ userIds: [] }), { ...later, pages: 100_000 })).toEqual(endless);
});

it.each(["line.forbidden", "line.unauthorized", "line.refused", "token_invalid"] as const)(
  "ends where LINE says %s",
  async (code) => {
    expect(await read(failing(code))).toEqual({ kind: "failed", reason: code });
  },
);

it.each([
  ["line.unavailable", undefined, 0, 1_000],
  ["line.unavailable", undefined, 3, 8_000],
  ["line.unavailable", undefined, 50, 60_000],
  ["line.rate_limited", 5_000, 0, 5_000],
  ["line.rate_limited", 5_000, 4, 16_000],
] as const)("waits after %s (%s ms asked for, try %i) for %i ms", async (code, ask, tries, ms) => {
  expect(await read(failing(code, ask), later, tries)).toEqual({
    kind: "later",
    reason: code,
    afterMs: ms,
  });
});

it("leaves what is not LINE's to whoever asked", async () => {
  await expect(read(failing("store.unavailable"))).rejects.toMatchObject({
    code: "store.unavailable",
  });
  await expect(
    read(async () => {
      throw new TypeError("a fault of ours");
    }),
  ).rejects.toThrow("a fault of ours");
});
