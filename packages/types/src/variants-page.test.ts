import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

import { limits } from "./limits.ts";
import { campaignContent, type VariantMetrics } from "./variants.ts";

const page = await readFile(new URL("../../../docs/variants.md", import.meta.url), "utf8");
const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = ""]) => json);
const [drafted = "", told = ""] = examples;

it("docs/variants.md gives an example of a content that is taken", () => {
  const { content } = JSON.parse(drafted) as { content: unknown };
  expect(campaignContent.parse(content)).toEqual(content);
});

it("docs/variants.md gives an example of numbers that add up", () => {
  const { totals, reasons, rates } = JSON.parse(told) as VariantMetrics;
  const { audience, ...outcomes } = totals;
  expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(audience);
  for (const [name, count] of Object.entries(outcomes)) {
    const why = Object.entries(reasons).filter(([reason]) => reason.startsWith(`${name}.`));
    const explained = why.reduce((sum, [, one]) => sum + one, 0);
    expect(name === "accepted" || name === "queued" ? count : explained).toBe(count);
    expect(rates[name as keyof typeof rates]).toBeCloseTo(count / audience, 4);
  }
});

it("docs/variants.md gives the limits", () => {
  for (const limit of [
    `2 to ${limits.variantsMax}`,
    `up to ${limits.variantNameChars} characters`,
    `from 1 to ${limits.variantWeightMax.toLocaleString("en")}`,
    `from 0 to ${limits.controlPercentMax}`,
  ])
    expect(page).toContain(limit);
});
