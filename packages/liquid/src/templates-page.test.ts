import { readFileSync } from "node:fs";

import { afterAll, describe, expect, it } from "vitest";

import { checkContent } from "./check-content.ts";
import { createRenderer, type TemplateScope } from "./render-messages.ts";

const page = readFileSync(new URL("../../../docs/templates.md", import.meta.url), "utf8");
const scope = JSON.parse(/```json\n(.*?)```/s.exec(page)?.[1] ?? "") as TemplateScope;
const renderer = createRenderer();
afterAll(() => renderer.close());

/** The cells of tables whose first column is `Template`. */
const rows = page
  .split(/\n\n/)
  .filter((block) => block.startsWith("| Template |"))
  .flatMap((table) => table.trim().split("\n").slice(2))
  .map((row) => row.split(/(?<!\\)\|/).slice(1, -1))
  .map((cells) => cells.map((cell) => cell.trim().replaceAll("\\|", "|")))
  // Where nothing is missing one result is enough.
  .map(([template = "", blank = "", skip = blank]) => [template, blank, skip] as const);

const codeIn = (cell = ""): string => /`([^`]*)`/.exec(cell)?.[1] ?? cell;

const rendered = async (template: string, missing: "blank" | "skip"): Promise<string> => {
  const messages = [{ type: "text", text: template }];
  checkContent(messages);
  const request = { workspaceId: "ws_a", messages, missing, scopes: [scope] };
  const [one] = await renderer.renderMessages(request);
  if (one && "messages" in one) return `\`${String(one.messages[0]?.["text"])}\``;
  return one && "failed" in one && one.failed === "missing_attribute"
    ? `skipped for \`${one.variable}\``
    : JSON.stringify(one);
};

describe("the page about templates", () => {
  it("has examples", () => {
    expect(rows.length).toBeGreaterThan(20);
  });

  it.each(rows)("says what %s prints", async (template, blank, skip) => {
    expect(await rendered(codeIn(template), "blank")).toBe(blank);
    expect(await rendered(codeIn(template), "skip")).toBe(skip);
  });
});
