import { expect, it } from "vitest";

import { linkCodeFrom, readLinkCode } from "./line-links.ts";

it("reads a code however people type it", () => {
  for (let n = 0; n < 200; n += 1) {
    const code = linkCodeFrom(`secret-${n}`);
    expect(code).toMatch(/^LINK-[0-9A-HJKMNP-TV-Z]{10}$/);
    const wide = code.replaceAll(/[0-9A-Z]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
    const spelt = code.slice(0, 5) + code.slice(5).replaceAll("0", "o").replaceAll("1", "l");
    for (const typed of [
      code,
      code.toLowerCase(),
      ` ${code}\n`,
      code.replace("-", " "),
      code.replace("-", "−"),
      code.replace("-", "ー"),
      `${code.slice(0, 10)} ${code.slice(10)}`,
      wide,
      spelt,
    ])
      expect([typed, readLinkCode(typed)]).toEqual([typed, code]);
  }
});

it.each([
  "",
  "LINK-",
  "LINK-000000000",
  "LINK-00000000000",
  "LINK-U000000000",
  "my code is LINK-0000000000",
  "LINK-0000000000 thanks",
  "KNIL-0000000000",
  "LINK_0000000000",
  `LINK-${" ".repeat(100)}0000000000`,
])("takes %j for no code", (text) => {
  expect(readLinkCode(text)).toBeUndefined();
});

it("makes codes that do not repeat", () => {
  const codes = new Set(Array.from({ length: 5_000 }, (_, n) => linkCodeFrom(String(n))));
  expect(codes.size).toBe(5_000);
});
