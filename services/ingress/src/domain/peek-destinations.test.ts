import { expect, it } from "vitest";

import { peekDestinations } from "./peek-destinations.ts";

const bot = (digit: string): string => `U${digit.repeat(32)}`;
const peek = (text: string): string[] => peekDestinations(Buffer.from(text));

it("finds the destination without parsing", () => {
  expect(peek(`{"destination":"${bot("1")}","events":[]}`)).toEqual([bot("1")]);
  expect(peek(`{"events":[],\n "destination"\t:  "${bot("1")}"}`)).toEqual([bot("1")]);
  expect(peek(`{"destination":"${bot("1")}","events":[{{{{{`)).toEqual([bot("1")]);
});

it("takes no text of a person for a destination", () => {
  const text = JSON.stringify({ text: `"destination":"${bot("1")}"` });
  expect(peek(text)).toEqual([]);
});

it.each(["", "null", '{"destination":5}', '{"destination":"U1"}', `{"destination":"${bot("G")}"}`])(
  "finds none in %j",
  (text) => {
    expect(peek(text)).toEqual([]);
  },
);

it("bounds what it looks at", () => {
  const many = ["1", "2", "3", "4", "5"].map((digit) => `"destination":"${bot(digit)}"`).join();
  expect(peek(`{${many}}`)).toEqual(["1", "2", "3", "4"].map(bot));
  expect(peek(`{${'"destination":0,'.repeat(16)}"destination":"${bot("1")}"}`)).toEqual([]);
});
