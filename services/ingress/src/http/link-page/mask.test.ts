import { expect, it } from "vitest";

import { maskedLabel } from "./mask.ts";

const label = (traits: Record<string, unknown>, externalId: string | null = "cust-4711") =>
  maskedLabel({ externalId, traits });

it.each([
  [{ email: "taro@example.co.jp" }, "t•••@e•••.jp"],
  [{ email: "a@localhost" }, "a•••@•••"],
  [{ name: "山田太郎", email: "taro@example.com" }, "山••• · t•••@e•••.com"],
  [{ firstName: "Ann" }, "A•••"],
  [{ name: "👩‍👩‍👧 family" }, "👩‍👩‍👧•••"],
  [{ name: `Z${"\u0301".repeat(100)}` }, "•••"],
  [{ name: "  " }, "c•••"],
  [{ name: 5, email: {} }, "c•••"],
])("shows %j as %s", (traits, shown) => {
  expect(label(traits)).toBe(shown);
});

it("shows somebody without any name", () => {
  expect(label({}, null)).toBe("•••");
});
