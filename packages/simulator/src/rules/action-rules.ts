import { isObject } from "../json.ts";
import type { JsonObject } from "../json.ts";
import { checkPickedTimes } from "./picker-rules.ts";
import {
  checkHttpsUrl,
  checkLinkUrl,
  checkList,
  checkOneOf,
  checkText,
  entryOf,
  isAbsent,
} from "./problem.ts";
import type { Report } from "./problem.ts";

const quickReplyItemsMax = 13;

/** Where an action stands; LINE allows other labels and types in each place. */
export interface ActionPlace {
  readonly labelMax: number;
  readonly labelOptional: boolean;
  readonly quickReply?: boolean;
  /** The only type allowed, where there is one. */
  readonly only?: "uri";
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
    const itself = { object: item, path: itemPath };
    checkOneOf(report, { ...itself, name: "type" }, { values: ["action"], optional: true });
    checkHttpsUrl(report, { ...itself, name: "imageUrl" }, true);
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
  const check = where.only === undefined || where.only === type ? entryOf(checks, type) : undefined;
  if (check) check(report, action, path);
  else report.add(`${path}.type`, "Must be one of the action types allowed here");
}

const quickReplyOnly: ReadonlySet<string> = new Set(["camera", "cameraRoll", "location"]);

type Check = (report: Report, object: JsonObject, path: string) => void;

const checks: Readonly<Record<string, Check>> = {
  postback: (report, object, path) => {
    checkText(report, { object, path, name: "data" }, { max: 300, empty: true });
    for (const name of ["displayText", "fillInText", "text"]) {
      checkText(report, { object, path, name }, { max: 300, graphemes: true, optional: true });
    }
    checkOneOf(
      report,
      { object, path, name: "inputOption" },
      {
        values: ["closeRichMenu", "openRichMenu", "openKeyboard", "openVoice"],
        optional: true,
      },
    );
    if (!isAbsent(object["text"]) && !isAbsent(object["displayText"])) {
      report.add(`${path}.text`, "May not be used together with displayText");
    }
  },
  message: (report, object, path) =>
    checkText(report, { object, path, name: "text" }, { max: 300, graphemes: true }),
  uri: (report, object, path) => {
    checkLinkUrl(report, { object, path, name: "uri" });
    const altUri = object["altUri"];
    if (isAbsent(altUri)) return;
    if (isObject(altUri)) {
      checkLinkUrl(report, { object: altUri, path: `${path}.altUri`, name: "desktop" }, true);
    } else report.add(`${path}.altUri`, "Must be an object");
  },
  datetimepicker: (report, object, path) => {
    checkText(report, { object, path, name: "data" }, { max: 300, empty: true });
    checkPickedTimes(report, object, path);
  },
  clipboard: (report, object, path) =>
    checkText(report, { object, path, name: "clipboardText" }, { max: 1_000 }),
};
