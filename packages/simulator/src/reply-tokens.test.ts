import { expect, it } from "vitest";
import { createReplyTokens } from "./reply-tokens.ts";

const setup = () => {
  const time = { ms: 0 };
  let made = 0;
  const newToken = (): string => `t${(made += 1)}`;
  const tokens = createReplyTokens({ now: () => time.ms, newToken, lifeMs: 60 });
  return { time, tokens, token: tokens.issue({ channelId: "c", to: "U1" }) };
};

it("is good for one use, by its own channel", () => {
  const { tokens, token } = setup();
  expect(tokens.peek(token, "other")).toBeUndefined();
  expect(tokens.peek(token, "c")).toEqual({ channelId: "c", to: "U1" });
  tokens.use(token);
  expect(tokens.peek(token, "c")).toBeUndefined();
});

it("lives a minute from receipt, and a minute again from the next", () => {
  const { time, tokens, token } = setup();
  time.ms = 500;
  tokens.received(token);
  time.ms = 560;
  expect(tokens.peek(token, "c")).toBeUndefined();
  tokens.received(token);
  expect(tokens.peek(token, "c")).toBeDefined();
});

it("never lives beyond twenty minutes from its event", () => {
  const { time, tokens, token } = setup();
  time.ms = 1_199;
  tokens.received(token);
  expect(tokens.peek(token, "c")).toBeDefined();
  time.ms = 1_200;
  tokens.received(token);
  expect(tokens.peek(token, "c")).toBeUndefined();
});
