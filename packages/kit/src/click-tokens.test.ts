import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";

import { createClickTokens } from "./click-tokens.ts";

const newKey = (id: string) => ({ id, key: randomBytes(32) });
const linkId = "00ff17a2b3c4d5e6f708";
const ofOne = { linkId, place: { batch: 4_294_967_295, index: 65_535 } };

describe("a click link's token", () => {
  it.each([
    ["of everybody", { linkId }, 27],
    ["of one person", ofOne, 35],
    ["of the first person", { linkId, place: { batch: 0, index: 0 } }, 35],
  ])("%s says what was signed", (_, token, chars) => {
    const tokens = createClickTokens([newKey("a")]);
    const text = tokens.sign(token);
    expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(text).toHaveLength(chars);
    expect(tokens.read(text)).toEqual(token);
    expect(tokens.sign(token)).toBe(text);
  });

  it("is read with each key in use, and with no other", () => {
    const [older, newer] = [newKey("a"), newKey("b")];
    const text = createClickTokens([older]).sign(ofOne);
    expect(createClickTokens([newer, older]).read(text)).toEqual(ofOne);
    expect(createClickTokens([newer]).read(text)).toBeUndefined();
  });

  it("is nothing once a single character of it is another", () => {
    const tokens = createClickTokens([newKey("a")]);
    for (const text of [tokens.sign({ linkId }), tokens.sign(ofOne)])
      for (const [at, was] of text.split("").entries())
        for (const now of ["A", "b", "_", "-"].filter((one) => one !== was))
          expect(tokens.read(text.slice(0, at) + now + text.slice(at + 1))).toBeUndefined();
  });

  it.each([
    "",
    "x",
    "A".repeat(27),
    "A".repeat(35),
    "A".repeat(36),
    "日本".repeat(10),
    "\r\n",
    "%2e",
  ])("is not %j", (text) => {
    expect(createClickTokens([newKey("a")]).read(text)).toBeUndefined();
  });

  it("of one person is not that of everybody with something at its end", () => {
    const tokens = createClickTokens([newKey("a")]);
    const all = tokens.sign({ linkId });
    expect(tokens.read(all.slice(0, 13) + tokens.sign(ofOne).slice(13, 27))).toBeUndefined();
    expect(tokens.read(`${all}AAAAAAAA`)).toBeUndefined();
  });

  it("is refused to be made of what is no link", () => {
    expect(() => createClickTokens([newKey("a")]).sign({ linkId: "abc" })).toThrow(
      "20 hexadecimal",
    );
    expect(() => createClickTokens([])).toThrow("need a key");
  });
});
