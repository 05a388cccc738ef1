import { isObject } from "../json.ts";
import type { JsonObject } from "../json.ts";
import { checkAction } from "./action-rules.ts";
import { checkBackground, checkLook } from "./flex-look-rules.ts";
import { checkHttpsUrl, checkList, checkText, entryOf, isAbsent } from "./problem.ts";
import type { Report } from "./problem.ts";

const depthMax = 20;
const labelMax = 40;

interface At {
  readonly path: string;
  readonly depth: number;
  readonly allowed: readonly string[];
  readonly noted: { animated: number };
}

/** Checks a component, and those inside it. */
export function checkComponent(report: Report, component: unknown, at: At): void {
  const { path, depth, allowed } = at;
  if (!isObject(component) || depth > depthMax) {
    report.add(path, depth > depthMax ? "Is nested too deeply" : "Must be an object");
    return;
  }
  const type = component["type"];
  const check = entryOf(checks, type);
  if (!check || !allowed.includes(String(type))) {
    report.add(`${path}.type`, `Must be one of the following values: [${allowed.join(", ")}]`);
    return;
  }
  checkLook(report, component, path);
  check(report, component, at);
}

/** Checks the styles of a bubble's blocks. */
export function checkBlockStyles(report: Report, styles: unknown, path: string): void {
  if (isAbsent(styles)) return;
  if (!isObject(styles)) {
    report.add(path, "Must be an object");
    return;
  }
  for (const block of ["header", "hero", "body", "footer"]) {
    const style = styles[block];
    if (isObject(style)) checkLook(report, style, `${path}.${block}`);
    else if (!isAbsent(style)) report.add(`${path}.${block}`, "Must be an object");
  }
}

type Check = (report: Report, object: JsonObject, at: At) => void;

/** What each layout of a box may hold. */
const childrenOf: Readonly<Record<string, readonly string[]>> = {
  horizontal: ["box", "button", "image", "text", "separator", "filler"],
  vertical: ["box", "button", "image", "text", "separator", "filler"],
  baseline: ["icon", "text", "filler"],
};

const checks: Readonly<Record<string, Check>> = {
  box: (report, object, at) => {
    const { path } = at;
    checkBackground(report, object["background"], `${path}.background`);
    checkTap(report, object, path);
    const allowed = entryOf(childrenOf, object["layout"]);
    if (!allowed) {
      const layouts = Object.keys(childrenOf).join(", ");
      report.add(`${path}.layout`, `Must be one of the following values: [${layouts}]`);
      return;
    }
    checkChildren(report, object, { ...at, allowed });
  },
  button: (report, object, { path }) => {
    const place = { action: object["action"], path: `${path}.action` };
    checkAction(report, place, { labelMax, labelOptional: false });
  },
  image: (report, object, { path, noted }) => {
    if (object["animated"] === true) noted.animated += 1;
    checkHttpsUrl(report, { object, path, name: "url" });
    checkTap(report, object, path);
  },
  video: (report, object, at) => {
    const { path } = at;
    checkHttpsUrl(report, { object, path, name: "url" });
    checkHttpsUrl(report, { object, path, name: "previewUrl" });
    checkTap(report, object, path, "uri");
    checkComponent(report, object["altContent"], {
      ...at,
      path: `${path}.altContent`,
      allowed: ["box", "image"],
    });
  },
  icon: (report, object, { path }) => checkHttpsUrl(report, { object, path, name: "url" }),
  text: (report, object, at) => {
    const { path } = at;
    checkTap(report, object, path);
    const spans = !isAbsent(object["contents"]);
    checkText(
      report,
      { object, path, name: "text" },
      { max: Infinity, optional: spans, empty: spans },
    );
    if (spans) checkChildren(report, object, { ...at, allowed: ["span"] });
  },
  span: (report, object, { path }) =>
    checkText(
      report,
      { object, path, name: "text" },
      { max: Infinity, optional: true, empty: true },
    ),
  separator: () => undefined,
  filler: () => undefined,
};

function checkChildren(report: Report, object: JsonObject, at: At): void {
  const place = { object, path: at.path, name: "contents" };
  const min = object["type"] === "text" ? 1 : 0;
  for (const { item, path } of checkList(report, place, { min, max: Infinity })) {
    checkComponent(report, item, { ...at, path, depth: at.depth + 1 });
  }
}

function checkTap(report: Report, object: JsonObject, path: string, only?: "uri"): void {
  if (isAbsent(object["action"])) return;
  const place = { action: object["action"], path: `${path}.action` };
  checkAction(report, place, { labelMax, labelOptional: true, ...(only && { only }) });
}
