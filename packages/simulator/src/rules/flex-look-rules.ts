import { isObject } from "../json.ts";
import type { JsonObject } from "../json.ts";
import { checkNumber, checkOneOf, checkPattern, entryOf, isAbsent } from "./problem.ts";
import type { Report } from "./problem.ts";

/** How components look: properties whose values LINE's definition lists, wherever it has them. */
const values: Readonly<Record<string, readonly string[]>> = {
  position: ["relative", "absolute"],
  gravity: ["top", "bottom", "center"],
  align: ["start", "end", "center"],
  adjustMode: ["shrink-to-fit"],
  aspectMode: ["fit", "cover"],
  weight: ["regular", "bold"],
  decoration: ["none", "underline", "line-through"],
  alignItems: ["center", "flex-start", "flex-end"],
  justifyContent: [
    "center",
    "flex-start",
    "flex-end",
    "space-between",
    "space-around",
    "space-evenly",
  ],
};

/** The same, for what means something else in another component. */
const valuesOfType: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  button: { style: ["primary", "secondary", "link"], height: ["sm", "md"] },
  text: { style: ["normal", "italic"] },
  span: { style: ["normal", "italic"] },
};

const colors = ["color", "backgroundColor", "borderColor", "separatorColor"];
const flags = ["wrap", "scaling", "animated", "separator"];
const sizes = [
  "margin",
  "spacing",
  "size",
  "lineSpacing",
  "borderWidth",
  "cornerRadius",
  "width",
  "maxWidth",
  "height",
  "maxHeight",
  ...["All", "Top", "Bottom", "Start", "End"].map((side) => `padding${side}`),
  ...["Top", "Bottom", "Start", "End"].map((side) => `offset${side}`),
];

/** Checks the properties of a component, or of a block's style, that say how it looks. */
export function checkLook(report: Report, object: JsonObject, path: string): void {
  const optional = true;
  const listed = { ...values, ...entryOf(valuesOfType, object["type"]) };
  for (const [name, allowed] of Object.entries(listed)) {
    checkOneOf(report, { object, path, name }, { values: allowed, optional });
  }
  for (const name of colors) {
    const pattern = /^#(?:[0-9a-f]{3,4}|(?:[0-9a-f]{2}){3,4})$/i;
    checkPattern(report, { object, path, name }, { pattern, words: "Must be a color", optional });
  }
  for (const name of flags) {
    const flag = object[name];
    if (!isAbsent(flag) && typeof flag !== "boolean") {
      report.add(`${path}.${name}`, "Must be a boolean");
    }
  }
  for (const name of sizes) {
    checkPattern(
      report,
      { object, path, name },
      { pattern: /\S/, words: "Must be a size", optional },
    );
  }
  for (const name of ["flex", "maxLines"]) {
    const bounds = { min: 0, max: 2 ** 31 - 1, whole: true, optional };
    checkNumber(report, { object, path, name }, bounds);
  }
  checkRatio(report, object["aspectRatio"], `${path}.aspectRatio`);
}

/** Checks the background of a box. */
export function checkBackground(report: Report, object: unknown, path: string): void {
  if (isAbsent(object)) return;
  if (!isObject(object) || object["type"] !== "linearGradient") {
    report.add(
      isObject(object) ? `${path}.type` : path,
      "Must be one of the following values: [linearGradient]",
    );
    return;
  }
  const color = /^#(?:[0-9a-f]{2}){3,4}$/i;
  for (const [name, pattern, optional] of [
    ["angle", /^\d+(?:\.\d+)?deg$/, false],
    ["startColor", color, false],
    ["endColor", color, false],
    ["centerColor", color, true],
    ["centerPosition", /^\d+(?:\.\d+)?%$/, true],
  ] as const) {
    checkPattern(
      report,
      { object, path, name },
      { pattern, words: "Must have its form", optional },
    );
  }
}

function checkRatio(report: Report, ratio: unknown, path: string): void {
  if (isAbsent(ratio)) return;
  const parts = String(ratio).split(":");
  const [width = 0, height = 0] = parts.map((part) => (/^[\d.]+$/.test(part) ? Number(part) : 0));
  const inRange = [width, height].every((side) => side >= 1 && side <= 100_000);
  if (parts.length !== 2 || !inRange || height > 3 * width) {
    report.add(path, "Must be {width}:{height}");
  }
}
