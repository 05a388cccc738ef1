import { expect, it } from "vitest";
import { createCallWindow } from "./call-window.ts";

it("finds the worst second, wherever it begins", () => {
  const window = createCallWindow();
  for (let i = 0; i < 30; i += 1) window.add(900 + i * 10); // 900..1190: across a whole second's edge
  for (let i = 0; i < 20; i += 1) window.add(5_000 + i * 10);
  expect(window.worst()).toBe(30);
});

it("forgets calls older than a second", () => {
  const window = createCallWindow();
  for (let i = 0; i < 100; i += 1) window.add(i * 500);
  expect(window.worst()).toBe(2);
});

it("counts a burst in full after quiet times between earlier bursts", () => {
  const window = createCallWindow();
  for (const [atMs, calls] of [
    [0, 10],
    [5_000, 10],
    [10_000, 15],
  ] as const) {
    for (let i = 0; i < calls; i += 1) window.add(atMs);
  }
  expect(window.worst()).toBe(15);
});
