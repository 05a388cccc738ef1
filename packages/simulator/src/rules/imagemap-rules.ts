import { isObject } from "../json.ts";
import type { JsonObject } from "../json.ts";
import { checkHttpsUrl, checkList, checkText, entryOf } from "./problem.ts";
import type { Report } from "./problem.ts";

const altTextMax = 1_500;
const actionsMax = 50;
const baseWidth = 1_040;

/** Checks an imagemap message. */
export function checkImagemap(report: Report, message: JsonObject, path: string): void {
  checkText(report, { object: message, path, name: "altText" }, { max: altTextMax });
  checkHttpsUrl(report, { object: message, path, name: "baseUrl" });
  const size = message["baseSize"];
  if (!isObject(size) || size["width"] !== baseWidth || typeof size["height"] !== "number") {
    report.add(`${path}.baseSize`, `The width must be ${baseWidth} and the height a number`);
  }
  const place = { object: message, path, name: "actions" };
  for (const { item, path: at } of checkList(report, place, { min: 1, max: actionsMax })) {
    const field = entryOf(fields, item["type"]);
    if (field) checkText(report, { object: item, path: at, name: field.name }, { max: field.max });
    else report.add(`${at}.type`, "Must be one of the following values: [uri, message, clipboard]");
    if (!isObject(item["area"])) report.add(`${at}.area`, "May not be empty");
  }
}

const fields: Readonly<Record<string, { name: string; max: number }>> = {
  uri: { name: "linkUri", max: 1_000 },
  message: { name: "text", max: 400 },
  clipboard: { name: "clipboardText", max: 1_000 },
};
