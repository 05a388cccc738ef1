import type { TimelineItem } from "@yubin/types";
import { expect, it } from "vitest";

import { pageOf, positionFrom, positionText, type Placed } from "./timeline.ts";

const placed = (ms: number, id: string): Placed => ({
  position: { at: new Date(ms), id },
  item: { id } as TimelineItem,
});
const idsOf = (items: readonly TimelineItem[]) => items.map((item) => "id" in item && item.id);
const all = [placed(1, "a"), placed(3, "b"), placed(3, "c"), placed(2, "d")];

it("puts the newest first, and the later id where times are equal", () => {
  const { items, next } = pageOf(all, { limit: 10, horizon: undefined });
  expect(idsOf(items)).toEqual(["c", "b", "d", "a"]);
  expect(next).toBeUndefined();
});

it("goes on after the last that is shown", () => {
  const { items, next } = pageOf(all, { limit: 2, horizon: undefined });
  expect(idsOf(items)).toEqual(["c", "b"]);
  expect(next).toEqual({ at: new Date(3), id: "b" });
});

it("shows nothing behind the horizon, and goes on there", () => {
  const horizon = { at: new Date(2), id: "d" };
  const { items, next } = pageOf(all, { limit: 10, horizon });
  expect(idsOf(items)).toEqual(["c", "b", "d"]);
  expect(next).toEqual(horizon);
});

it("keeps a position in a text, whatever the id holds", () => {
  const position = { at: new Date(5), id: "chan_1/01K/x" };
  expect(positionFrom(positionText(position))).toEqual(position);
});
