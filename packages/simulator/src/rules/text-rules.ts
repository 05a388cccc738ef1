import { isObject } from "../json.ts";
import type { JsonObject } from "../json.ts";
import { checkList } from "./problem.ts";
import type { Report } from "./problem.ts";

const emojisMax = 20;
const substitutionsMax = 100;

/** Checks the LINE emoji of a text: each must stand on a `$`. */
export function checkEmojis(report: Report, message: JsonObject, path: string): void {
  if (message["emojis"] === undefined) return;
  const text = typeof message["text"] === "string" ? message["text"] : "";
  const place = { object: message, path, name: "emojis" };
  for (const { item, path: at } of checkList(report, place, { min: 0, max: emojisMax })) {
    const index = item["index"];
    if (typeof index !== "number" || text[index] !== "$") {
      report.add(`${at}.index`, "Must be the index of a $ in the text");
    }
    for (const name of ["productId", "emojiId"]) {
      if (typeof item[name] !== "string") report.add(`${at}.${name}`, "May not be empty");
    }
  }
}

/** Checks that the placeholders of a textV2 and its substitutions fit each other. */
export function checkSubstitutions(report: Report, message: JsonObject, path: string): void {
  const given = message["substitution"] ?? {};
  if (!isObject(given) || Object.keys(given).length > substitutionsMax) {
    report.add(`${path}.substitution`, `Size must be between 0 and ${substitutionsMax}`);
    return;
  }
  for (const key of Object.keys(given)) {
    if (!/^[0-9a-zA-Z_]{1,20}$/.test(key)) report.add(`${path}.substitution`, `Invalid key ${key}`);
  }
  const text = typeof message["text"] === "string" ? message["text"] : "";
  const plain = text.replaceAll("{{", "").replaceAll("}}", "");
  for (const [, key = ""] of plain.matchAll(/\{([^{}]*)\}/g)) {
    if (!Object.hasOwn(given, key)) report.add(`${path}.text`, `No substitution for {${key}}`);
  }
  if (/[{}]/.test(plain.replaceAll(/\{[^{}]*\}/g, ""))) {
    report.add(`${path}.text`, "A brace must be doubled");
  }
}
