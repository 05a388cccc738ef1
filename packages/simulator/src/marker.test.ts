import { expect, it } from "vitest";
import { markerOf } from "./marker.ts";

it("takes the first [[…]] of a text or an alternative text", () => {
  expect(markerOf([{ type: "text", text: "Hi [[c1/p2]] [[other]]" }])).toBe("c1/p2");
  expect(
    markerOf([
      { type: "text", text: "Hi" },
      { type: "flex", altText: "[[x]]" },
    ]),
  ).toBe("x");
});

it("falls back to the text with blanks made equal", () => {
  expect(markerOf([{ type: "text", text: " Hello\n  world " }])).toBe("Hello world");
  expect(
    markerOf([
      { type: "text", text: "a" },
      { type: "text", text: "b" },
    ]),
  ).toBe("a b");
  expect(markerOf([{ type: "text", text: "[[" }])).toBe("[[");
});

it("tells long texts and pictures apart by a digest", () => {
  expect(long("1")).toMatch(/^sha256:/);
  expect(long("1")).not.toBe(long("2"));
  expect(markerOf([{ type: "sticker", packageId: "1", stickerId: "2" }])).toMatch(/^sha256:/);
});

const long = (end: string) => markerOf([{ type: "text", text: "x".repeat(300) + end }]);
