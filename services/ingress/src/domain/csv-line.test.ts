import { expect, it } from "vitest";

import { csvLine } from "./csv-line.ts";

it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "\0x", "＝1", "－1"])(
  "takes the life out of %j",
  (text) => {
    expect(csvLine([text, "b"])).toBe(`"'${text}",b\r\n`);
  },
);

it("quotes what a reader would take for more than one cell, and nothing else", () => {
  expect(csvLine(["a", "b,c", 'say "hi"', "two\nlines", " x", null, "山田", "a=b"])).toBe(
    'a,"b,c","say ""hi""","two\nlines"," x",,山田,a=b\r\n',
  );
  expect(csvLine(['=HYPERLINK("x")'])).toBe('"\'=HYPERLINK(""x"")"\r\n');
});
