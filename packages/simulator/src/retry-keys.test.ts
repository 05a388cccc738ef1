import { expect, it } from "vitest";
import { createRetryKeys, isRetryKey } from "./retry-keys.ts";

const send = { atMs: 0, requestId: "r1", bodyHash: 1, sentMessages: undefined };

it("remembers a key for its life and knows afterwards that it forgot", () => {
  const time = { ms: 0 };
  const keys = createRetryKeys({ now: () => time.ms, lifeMs: 100 });
  expect(keys.find("c", "K")).toBeUndefined();
  keys.remember("c", "K", send);
  time.ms = 99;
  expect(keys.find("c", "k")).toBe(send);
  expect(keys.find("other", "K")).toBeUndefined();
  time.ms = 100;
  expect(keys.find("c", "K")).toBe("forgotten");
});

it("takes UUIDs in hexadecimal form alone", () => {
  expect(isRetryKey("123e4567-e89b-12d3-a456-426614174000")).toBe(true);
  for (const wrong of [
    "",
    "123e4567e89b12d3a456426614174000",
    "123e4567-e89b-12d3-a456-42661417400g",
  ]) {
    expect(isRetryKey(wrong)).toBe(false);
  }
});
