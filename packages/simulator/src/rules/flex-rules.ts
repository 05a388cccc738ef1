import { isObject } from "../json.ts";
import type { JsonObject } from "../json.ts";
import { checkAction } from "./action-rules.ts";
import { checkHttpsUrl, checkList, checkText } from "./problem.ts";
import type { Report } from "./problem.ts";

const altTextMax = 1_500;
const bubbleMaxBytes = 30 * 1_024;
const carouselMaxBytes = 50 * 1_024;
const bubblesMax = 12;
const depthMax = 20;

/** Checks a flex message: sizes, blocks, and the components that carry text, pictures and actions. */
export function checkFlex(report: Report, message: JsonObject, path: string): void {
  checkText(report, { object: message, path, name: "altText" }, { max: altTextMax });
  const contents = message["contents"];
  const at = `${path}.contents`;
  if (!isObject(contents)) report.add(at, "May not be empty");
  else if (contents["type"] === "bubble") checkBubble(report, contents, at);
  else if (contents["type"] === "carousel") checkCarousel(report, contents, at);
  else report.add(`${at}.type`, "Must be one of the following values: [bubble, carousel]");
}

function checkCarousel(report: Report, carousel: JsonObject, path: string): void {
  checkBytes(report, carousel, { path, max: carouselMaxBytes });
  const place = { object: carousel, path, name: "contents" };
  const bubbles = checkList(report, place, { min: 1, max: bubblesMax });
  for (const { item, path: at } of bubbles) checkBubble(report, item, at);
  if (new Set(bubbles.map(({ item }) => item["size"] ?? "mega")).size > 1) {
    report.add(`${path}.contents`, "All bubbles must have the same size");
  }
}

function checkBubble(report: Report, bubble: JsonObject, path: string): void {
  if (bubble["type"] !== "bubble") report.add(`${path}.type`, "Must be bubble");
  checkBytes(report, bubble, { path, max: bubbleMaxBytes });
  for (const block of ["header", "hero", "body", "footer"]) {
    if (bubble[block] !== undefined)
      checkComponent(report, bubble[block], { path: `${path}.${block}`, depth: 0 });
  }
}

interface At {
  readonly path: string;
  readonly depth: number;
}

function checkComponent(report: Report, component: unknown, { path, depth }: At): void {
  if (!isObject(component) || depth > depthMax) {
    report.add(path, depth > depthMax ? "Is nested too deeply" : "Must be an object");
    return;
  }
  const type = String(component["type"]);
  if (!componentTypes.has(type)) {
    report.add(
      `${path}.type`,
      `Must be one of the following values: [${[...componentTypes].join(", ")}]`,
    );
    return;
  }
  if (type === "text" && component["contents"] === undefined) {
    checkText(report, { object: component, path, name: "text" }, { max: bubbleMaxBytes });
  }
  if (type === "image") checkHttpsUrl(report, { object: component, path, name: "url" });
  if (type === "button" || component["action"] !== undefined) {
    const place = { action: component["action"], path: `${path}.action` };
    checkAction(report, place, { labelMax: 40, labelOptional: type !== "button" });
  }
  const children = component["contents"];
  if (!Array.isArray(children)) return;
  children.forEach((child: unknown, index) => {
    checkComponent(report, child, { path: `${path}.contents[${index}]`, depth: depth + 1 });
  });
}

const componentTypes: ReadonlySet<string> = new Set([
  "box",
  "button",
  "filler",
  "icon",
  "image",
  "separator",
  "span",
  "text",
  "video",
]);

function checkBytes(
  report: Report,
  object: JsonObject,
  { path, max }: { path: string; max: number },
): void {
  if (bytesOf(object) > max) report.add(path, `Must be at most ${max} bytes`);
}

function bytesOf(object: JsonObject): number {
  try {
    return Buffer.byteLength(JSON.stringify(object));
  } catch (error) {
    // What JSON.parse reads can be nested too deeply for JSON.stringify.
    if (error instanceof RangeError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}
