import { isObject } from "../json.ts";
import type { JsonObject } from "../json.ts";
import { checkAction } from "./action-rules.ts";
import {
  checkHttpsUrl,
  checkList,
  checkOneOf,
  checkPattern,
  checkText,
  entryOf,
  isAbsent,
} from "./problem.ts";
import type { Report } from "./problem.ts";

const altTextMax = 1_500;
const columnsMax = 10;

/** Checks a template message: buttons, confirm, carousel or image carousel. */
export function checkTemplate(report: Report, message: JsonObject, path: string): void {
  checkText(report, { object: message, path, name: "altText" }, { max: altTextMax });
  const template = message["template"];
  const at = `${path}.template`;
  if (!isObject(template)) {
    report.add(at, "May not be empty");
    return;
  }
  const check = entryOf(checks, template["type"]);
  if (check) check(report, template, at);
  else
    report.add(
      `${at}.type`,
      `Must be one of the following values: [${Object.keys(checks).join(", ")}]`,
    );
}

type Check = (report: Report, template: JsonObject, path: string) => void;

const checks: Readonly<Record<string, Check>> = {
  buttons: (report, object, path) => {
    checkImageForm(report, { object, path });
    checkPanel(report, { object, path }, { textMax: 160, textMaxWithMore: 60, actionsMax: 4 });
  },
  confirm: (report, object, path) => {
    checkText(report, { object, path, name: "text" }, { max: 240, graphemes: true });
    checkActions(report, { object, path }, { min: 2, max: 2 });
  },
  carousel: (report, object, path) => {
    checkImageForm(report, { object, path });
    const columns = checkList(
      report,
      { object, path, name: "columns" },
      { min: 1, max: columnsMax },
    );
    for (const { item, path: at } of columns) {
      const bounds = { textMax: 120, textMaxWithMore: 60, actionsMax: 3 };
      checkPanel(report, { object: item, path: at }, bounds);
    }
    const sizes = columns.map(({ item }) =>
      Array.isArray(item["actions"]) ? item["actions"].length : 0,
    );
    if (new Set(sizes).size > 1)
      report.add(`${path}.columns`, "Must have the same number of actions");
  },
  image_carousel: (report, object, path) => {
    for (const { item, path: at } of checkList(
      report,
      { object, path, name: "columns" },
      { min: 1, max: columnsMax },
    )) {
      checkHttpsUrl(report, { object: item, path: at, name: "imageUrl" });
      const place = { action: item["action"], path: `${at}.action` };
      checkAction(report, place, { labelMax: 12, labelOptional: true });
    }
  },
};

interface At {
  readonly object: JsonObject;
  readonly path: string;
}

function checkPanel(
  report: Report,
  { object, path }: At,
  bounds: { textMax: number; textMaxWithMore: number; actionsMax: number },
): void {
  const hasMore = !isAbsent(object["title"]) || !isAbsent(object["thumbnailImageUrl"]);
  const max = hasMore ? bounds.textMaxWithMore : bounds.textMax;
  checkText(report, { object, path, name: "title" }, { max: 40, graphemes: true, optional: true });
  checkText(report, { object, path, name: "text" }, { max, graphemes: true });
  checkHttpsUrl(report, { object, path, name: "thumbnailImageUrl" }, true);
  const color = { pattern: /^#[0-9a-f]{6}$/i, words: "Must be #RRGGBB", optional: true };
  checkPattern(report, { object, path, name: "imageBackgroundColor" }, color);
  const action = object["defaultAction"];
  if (!isAbsent(action)) {
    const place = { action, path: `${path}.defaultAction` };
    checkAction(report, place, { labelMax: 20, labelOptional: true });
  }
  checkActions(report, { object, path }, { min: 1, max: bounds.actionsMax });
}

function checkImageForm(report: Report, { object, path }: At): void {
  for (const [name, values] of [
    ["imageAspectRatio", ["rectangle", "square"]],
    ["imageSize", ["cover", "contain"]],
  ] as const) {
    checkOneOf(report, { object, path, name }, { values, optional: true });
  }
}

function checkActions(
  report: Report,
  { object, path }: At,
  bounds: { min: number; max: number },
): void {
  for (const { item, path: at } of checkList(report, { object, path, name: "actions" }, bounds)) {
    checkAction(report, { action: item, path: at }, { labelMax: 20, labelOptional: false });
  }
}
