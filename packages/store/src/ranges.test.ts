import { expect, it } from "vitest";

import { fromRanges, toRanges } from "./ranges.ts";

it.each([
  [[], []],
  [[3], [3, 3]],
  [
    [0, 1, 2, 5, 7, 8],
    [0, 2, 5, 5, 7, 8],
  ],
])("writes %j as %j and back", (indexes, ranges) => {
  expect(toRanges(indexes)).toEqual(ranges);
  expect(fromRanges(ranges)).toEqual(indexes);
});
