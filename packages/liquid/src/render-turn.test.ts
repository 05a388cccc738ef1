import { afterEach, expect, it, vi } from "vitest";

import { renderTurn } from "./render-turn.ts";

afterEach(() => void vi.restoreAllMocks());

/** The clock goes on by a second at each of so many looks, and nothing uses the processor meanwhile. */
const standStill = (looks: number): void => {
  const now = performance.now.bind(performance);
  let leaptMs = 0;
  let left = looks;
  vi.spyOn(performance, "now").mockImplementation(() => {
    if (left > 0) leaptMs += 1_000;
    left -= 1;
    return now() + leaptMs;
  });
};

it("blames no template for a machine that stands still again and again", () => {
  standStill(20);
  const texts = [{ template: "Hello {{ name }}, {{ name }}", escapesBraces: false }];
  const words = renderTurn({ texts, missing: "blank", scopes: [{ name: "Aiko" }] });
  expect(words).toEqual([["Hello Aiko, Aiko"]]);
});
