import { expect, it } from "vitest";
import { createLinkTokens } from "./link-tokens.ts";

it("is good once, and only within its ten minutes", () => {
  const time = { ms: 0 };
  let made = 0;
  const newToken = (): string => `t${(made += 1)}`;
  const tokens = createLinkTokens({ now: () => time.ms, newToken, lifeMs: 100 });
  const first = tokens.issue("c", "U1");
  const second = tokens.issue("c", "U2");
  expect(tokens.use(first)).toMatchObject({ channelId: "c", userId: "U1" });
  expect(tokens.use(first)).toBeUndefined();
  time.ms = 100;
  expect(tokens.use(second)).toBeUndefined();
});
