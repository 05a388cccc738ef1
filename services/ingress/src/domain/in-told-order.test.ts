import { expect, it } from "vitest";

import type { InboundEvent } from "./inbound-event.ts";
import { inToldOrder } from "./in-told-order.ts";
import { trackedEvent } from "./tracked-event.ts";

const at = (ms: number): Date => new Date(1_764_000_000_000 + ms);
const event = (ms: number, body: Record<string, string>, lineUserId: string | null = null) =>
  trackedEvent(
    { type: "identify", names: {}, occurredAt: at(ms), lineUserId, body },
    {
      workspaceId: "ws_main",
      idempotencyKey: undefined,
      newId: () => "evt_1",
      receivedAt: at(5_000),
    },
  );
const timesOf = (events: InboundEvent[]): number[] =>
  inToldOrder(events).map(({ occurredAt }) => occurredAt.getTime() - at(0).getTime());

it("puts facts about one person that carry one time in the order in which they were told", () => {
  const ann = { userId: "ann" };
  expect(timesOf([event(9, ann), event(9, ann), event(9, ann)])).toEqual([7, 8, 9]);
});

it("keeps the times of others, and those that differ", () => {
  const told = [
    event(9, { userId: "ann" }),
    event(3, { userId: "ann" }),
    event(9, { userId: "b" }),
  ];
  expect(timesOf(told)).toEqual([9, 3, 9]);
  expect(inToldOrder(told)[0]).toBe(told[0]);
});

it("does not let one that is moved meet an older one", () => {
  const ann = { userId: "ann" };
  expect(timesOf([event(9, ann), event(8, ann), event(9, ann), event(7, ann)])).toEqual([
    8, 7, 9, 6,
  ]);
});

it("knows one person by any name that two facts share", () => {
  const line = `U${"1".repeat(32)}`;
  expect(
    timesOf([
      event(9, { anonymousId: "a" }),
      event(9, { userId: "ann", previousId: "a" }),
      event(9, { userId: "ann" }, line),
      event(9, {}, line),
    ]),
  ).toEqual([6, 7, 8, 9]);
});

it("keeps every order however many there are", () => {
  const many = Array.from({ length: 1_000 }, (_, n) => event(0, { userId: `u${n % 3}` }));
  const times = timesOf(many);
  expect(Math.min(...times)).toBeGreaterThan(-400);
  for (let n = 3; n < many.length; n += 1) expect(times[n]).toBeGreaterThan(times[n - 3] ?? 0);
});
