import { isObject } from "../json.ts";
import type { JsonObject } from "../json.ts";
import { checkList, checkText, entryOf } from "./problem.ts";
import type { Report } from "./problem.ts";

const quickReplyItemsMax = 13;

/** Where an action stands; LINE allows other labels and types in each place. */
export interface ActionPlace {
  readonly labelMax: number;
  readonly labelOptional: boolean;
  readonly quickReply?: boolean;
}

/** Checks the quick reply buttons of a message. */
export function checkQuickReply(report: Report, quickReply: unknown, path: string): void {
  const at = `${path}.quickReply`;
  if (!isObject(quickReply)) {
    report.add(at, "Must be an object");
    return;
  }
  const place = { object: quickReply, path: at, name: "items" };
  for (const { item, path: itemPath } of checkList(report, place, {
    min: 1,
    max: quickReplyItemsMax,
  })) {
    const where = { labelMax: 20, labelOptional: false, quickReply: true };
    checkAction(report, { action: item["action"], path: `${itemPath}.action` }, where);
  }
}

/** Checks one action. */
export function checkAction(
  report: Report,
  { action, path }: { action: unknown; path: string },
  where: ActionPlace,
): void {
  if (!isObject(action)) {
    report.add(path, "May not be empty");
    return;
  }
  const { labelMax: max, labelOptional: optional } = where;
  checkText(report, { object: action, path, name: "label" }, { max, graphemes: true, optional });
  const type = String(action["type"]);
  if (quickReplyOnly.has(type) && where.quickReply) return;
  const check = entryOf(checks, type);
  if (check) check(report, action, path);
  else report.add(`${path}.type`, "Must be one of the action types allowed here");
}

const quickReplyOnly: ReadonlySet<string> = new Set(["camera", "cameraRoll", "location"]);

type Check = (report: Report, object: JsonObject, path: string) => void;

const checks: Readonly<Record<string, Check>> = {
  postback: (report, object, path) => {
    checkText(report, { object, path, name: "data" }, { max: 300 });
    for (const name of ["displayText", "fillInText", "text"]) {
      checkText(report, { object, path, name }, { max: 300, graphemes: true, optional: true });
    }
  },
  message: (report, object, path) =>
    checkText(report, { object, path, name: "text" }, { max: 300, graphemes: true }),
  uri: (report, object, path) => {
    checkText(report, { object, path, name: "uri" }, { max: 1_000 });
    const uri = object["uri"];
    if (typeof uri === "string" && uri !== "" && !/^(https?|line|tel):/i.test(uri)) {
      report.add(`${path}.uri`, "Invalid URI scheme or format");
    }
  },
  datetimepicker: (report, object, path) => {
    checkText(report, { object, path, name: "data" }, { max: 300 });
    if (!["date", "time", "datetime"].includes(String(object["mode"]))) {
      report.add(`${path}.mode`, "Must be one of the following values: [date, time, datetime]");
    }
  },
  clipboard: (report, object, path) =>
    checkText(report, { object, path, name: "clipboardText" }, { max: 1_000 }),
};
