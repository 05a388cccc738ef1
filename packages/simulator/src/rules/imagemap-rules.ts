import { isObject } from "../json.ts";
import type { JsonObject } from "../json.ts";
import {
  checkHttpsUrl,
  checkLinkUrl,
  checkList,
  checkNumber,
  checkText,
  entryOf,
  isAbsent,
} from "./problem.ts";
import type { Report } from "./problem.ts";

const altTextMax = 1_500;
const actionsMax = 50;
const baseWidth = 1_040;
const actionLabelMax = 100;
const linkLabelMax = 30;
const pixelsMax = 2 ** 31 - 1;

/** Checks an imagemap message. */
export function checkImagemap(report: Report, message: JsonObject, path: string): void {
  checkText(report, { object: message, path, name: "altText" }, { max: altTextMax });
  checkHttpsUrl(report, { object: message, path, name: "baseUrl" });
  const height = checkBaseSize(report, message["baseSize"], `${path}.baseSize`);
  const place = { object: message, path, name: "actions" };
  for (const { item, path: at } of checkList(report, place, { min: 1, max: actionsMax })) {
    const label = { object: item, path: at, name: "label" };
    checkText(report, label, { max: actionLabelMax, optional: true });
    const check = entryOf(actions, item["type"]);
    if (check) check(report, item, at);
    else report.add(`${at}.type`, "Must be one of the following values: [uri, message, clipboard]");
    checkArea(report, item["area"], { path: `${at}.area`, height });
  }
  if (!isAbsent(message["video"])) checkVideo(report, message["video"], { path, height });
}

/** The height that areas lie within. */
function checkBaseSize(report: Report, object: unknown, path: string): number {
  if (!isObject(object)) {
    report.add(path, "May not be empty");
    return pixelsMax;
  }
  const whole = true;
  checkNumber(report, { object, path, name: "width" }, { min: baseWidth, max: baseWidth, whole });
  checkNumber(report, { object, path, name: "height" }, { min: 1, max: pixelsMax, whole });
  return typeof object["height"] === "number" ? object["height"] : pixelsMax;
}

const actions: Readonly<
  Record<string, (report: Report, object: JsonObject, path: string) => void>
> = {
  uri: (report, object, path) => checkLinkUrl(report, { object, path, name: "linkUri" }),
  message: (report, object, path) =>
    checkText(report, { object, path, name: "text" }, { max: 400 }),
  clipboard: (report, object, path) =>
    checkText(report, { object, path, name: "clipboardText" }, { max: 1_000 }),
};

interface Within {
  readonly path: string;
  readonly height: number;
}

function checkArea(report: Report, object: unknown, { path, height }: Within): void {
  if (!isObject(object)) {
    report.add(path, "May not be empty");
    return;
  }
  for (const [name, min] of [
    ["x", 0],
    ["y", 0],
    ["width", 1],
    ["height", 1],
  ] as const) {
    checkNumber(report, { object, path, name }, { min, max: pixelsMax, whole: true });
  }
  const [right, bottom] = [
    Number(object["x"]) + Number(object["width"]),
    Number(object["y"]) + Number(object["height"]),
  ];
  if (right > baseWidth || bottom > height) report.add(path, "Must lie within baseSize");
}

function checkVideo(report: Report, object: unknown, { path: message, height }: Within): void {
  const path = `${message}.video`;
  if (!isObject(object)) {
    report.add(path, "Must be an object");
    return;
  }
  checkHttpsUrl(report, { object, path, name: "originalContentUrl" });
  checkHttpsUrl(report, { object, path, name: "previewImageUrl" });
  checkArea(report, object["area"], { path: `${path}.area`, height });
  const link = object["externalLink"];
  if (isAbsent(link)) return;
  const at = `${path}.externalLink`;
  if (!isObject(link)) {
    report.add(at, "Must be an object");
    return;
  }
  checkLinkUrl(report, { object: link, path: at, name: "linkUri" });
  checkText(report, { object: link, path: at, name: "label" }, { max: linkLabelMax });
}
