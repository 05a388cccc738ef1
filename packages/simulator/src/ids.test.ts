import { expect, it } from "vitest";
import { createIds, isUserId, recipientKind } from "./ids.ts";

it("makes event ids that only grow, even when an older event happens later", () => {
  const ids = createIds(1);
  const made = [5, 5, 4, 6].map((atMs) => ids.eventId(1_700_000_000_000 + atMs));
  expect(made.toSorted()).toEqual(made);
  for (const id of made) expect(id).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
});

it("makes message ids of 18 digits, beyond a safe number", () => {
  const id = createIds(1).messageId();
  expect(id).toMatch(/^\d{18}$/);
  expect(Number(id)).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
});

it("repeats its tokens for a seed and never within one", () => {
  expect(make()).toEqual(make());
  expect(new Set(make()).size).toBe(3);
});

it("knows a recipient by the shape of its id", () => {
  const tail = "0123456789abcdef0123456789abcdef";
  expect([`U${tail}`, `C${tail}`, `R${tail}`].map(recipientKind)).toEqual([
    "user",
    "group",
    "room",
  ]);
  expect(isUserId(`U${tail.toUpperCase()}`)).toBe(false);
  expect(recipientKind(`U${tail}\n`)).toBeUndefined();
});

const make = (): string[] => {
  const ids = createIds("s");
  return [ids.token("reply"), ids.token("reply"), ids.token("link")];
};
