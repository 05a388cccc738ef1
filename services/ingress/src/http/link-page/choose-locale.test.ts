import { expect, it } from "vitest";

import { chooseLocale } from "./choose-locale.ts";

it.each([
  [undefined, "en"],
  ["", "en"],
  ["ja", "ja"],
  ["ja-JP,ja;q=0.9,en;q=0.8", "ja"],
  ["fr, en;q=0.5, th;q=0.9", "th"],
  ["en;q=0.1, zh-Hant-TW;q=0.2", "zh-TW"],
  ["zh-CN", "zh-TW"],
  ["ja;q=0, th", "th"],
  ["*;q=1", "en"],
  ["xx;q=nonsense,;;;,ja", "ja"],
  [`${"fr,".repeat(10_000)}ja`, "en"],
])("takes Accept-Language %s for %s", (acceptLanguage, locale) => {
  expect(chooseLocale({ lang: undefined, made: null, acceptLanguage })).toBe(locale);
});

it("puts the person before the link and the link before the browser", () => {
  const acceptLanguage = "en";
  expect(chooseLocale({ lang: "TH", made: "ja", acceptLanguage })).toBe("th");
  expect(chooseLocale({ lang: "fr", made: "ja", acceptLanguage })).toBe("ja");
  expect(chooseLocale({ lang: ["th"], made: null, acceptLanguage })).toBe("en");
});
