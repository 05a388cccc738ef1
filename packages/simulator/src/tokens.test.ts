import { expect, it } from "vitest";
import { createTokens } from "./tokens.ts";

const setup = () => {
  const time = { ms: 0 };
  let made = 0;
  const newToken = (kind: string): string => `${kind}-${(made += 1)}`;
  return { time, tokens: createTokens({ now: () => time.ms, newToken }) };
};

it("lets a stateless token die after 15 minutes", () => {
  const { time, tokens } = setup();
  const { token } = tokens.issue("c", "stateless");
  time.ms = 899_999;
  expect(tokens.find(token)?.channelId).toBe("c");
  time.ms = 900_000;
  expect(tokens.find(token)).toBeUndefined();
});

it("keeps the 30 newest short-lived tokens", () => {
  const { tokens } = setup();
  const issued = Array.from({ length: 31 }, () => tokens.issue("c", "shortLived").token);
  expect(issued.filter((token) => !tokens.find(token))).toEqual([issued[0]]);
});

it("replaces the long-lived token at once, or after the overlap", () => {
  const { time, tokens } = setup();
  const { token: first } = tokens.issue("c", "longLived", "given");
  expect(first).toBe("given");
  const { token: second } = tokens.rotate("c", 100);
  expect([first, second].map((token) => tokens.find(token) !== undefined)).toEqual([true, true]);
  time.ms = 100;
  expect(tokens.find(first)).toBeUndefined();
  expect(tokens.longLivedOf("c")).toBe(second);
  tokens.rotate("c", 0);
  expect(tokens.find(second)).toBeUndefined();
});

it("forgets a revoked token", () => {
  const { tokens } = setup();
  const { token } = tokens.issue("c", "longLived");
  tokens.revoke(token);
  expect(tokens.find(token)).toBeUndefined();
  expect(tokens.longLivedOf("c")).toBeUndefined();
});
