import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

import { audienceFilter } from "./audience-filter.ts";
import { campaignAudience, campaignExclude } from "./campaigns.ts";
import { limits } from "./limits.ts";

const page = await readFile(new URL("../../../docs/audiences.md", import.meta.url), "utf8");
const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = ""]) => json);
const inTables = [...page.matchAll(/`(\{"[^`]*\})`/g)].map(([, json = ""]) => json);

const schemaOf = (example: object) => {
  if ("type" in example) return campaignAudience;
  return "refs" in example || "where" in example || "campaigns" in example
    ? campaignExclude
    : audienceFilter;
};

it.each([...examples, ...inTables])(
  "docs/audiences.md gives an example that is taken: %s",
  (text) => {
    const example = JSON.parse(text) as object;
    expect(schemaOf(example).parse(example)).toEqual(example);
  },
);

it("docs/audiences.md has examples, of every condition, and the limits", () => {
  expect(examples.length).toBeGreaterThanOrEqual(2);
  for (const kind of ["trait", "consent", "friendship", "externalId", "createdAt", "lastFollow"])
    expect(
      inTables.some((text) => text.includes(`"${kind}"`)),
      kind,
    ).toBe(true);
  for (const limit of [
    limits.filterDepthMax,
    limits.filterConditionsMax,
    limits.listPageRows,
    limits.excludedRefsMax,
    limits.excludedCampaignsMax,
    limits.campaignRefsMax,
    limits.listRowsMax,
    limits.estimateExactMax,
  ])
    expect(page).toContain(limit.toLocaleString("en"));
});
