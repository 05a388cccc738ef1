import { expect, it } from "vitest";

import { clicksText } from "./clicks-text.ts";

const out = { table: (rows: readonly unknown[]) => `${rows.length} links` };

it("says how many, by how many where that can be told, and that it is no longer known", () => {
  const links = [{ url: "https://shop.example/", people: 1, clicks: 2 }];
  expect(clicksText({ people: 1, clicks: 2, links }, out)).toBe("2 clicks by 1 people\n1 links");
  expect(clicksText({ people: null, clicks: 2, links: [] }, out)).toBe("2 clicks");
  expect(clicksText({ people: null, clicks: null, links: null }, out)).toBe(
    "clicks are no longer known",
  );
});
