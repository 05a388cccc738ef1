import { isObject } from "../json.ts";
import type { JsonObject } from "../json.ts";
import { checkAction } from "./action-rules.ts";
import { checkBlockStyles, checkComponent } from "./flex-component-rules.ts";
import { checkList, checkOneOf, checkText, isAbsent } from "./problem.ts";
import type { Report } from "./problem.ts";

const altTextMax = 1_500;
const bubbleMaxBytes = 30 * 1_024;
const carouselMaxBytes = 50 * 1_024;
const bubblesMax = 12;
const animatedMax = 10;

/** Checks a flex message: sizes, blocks, and the components in them. */
export function checkFlex(report: Report, message: JsonObject, path: string): void {
  checkText(report, { object: message, path, name: "altText" }, { max: altTextMax });
  const contents = message["contents"];
  const at = `${path}.contents`;
  const noted = { animated: 0 };
  if (!isObject(contents)) report.add(at, "May not be empty");
  else if (contents["type"] === "bubble") {
    checkBubble(report, contents, { path: at, alone: true, noted });
  } else if (contents["type"] === "carousel") checkCarousel(report, contents, { path: at, noted });
  else report.add(`${at}.type`, "Must be one of the following values: [bubble, carousel]");
  if (noted.animated > animatedMax) report.add(at, `At most ${animatedMax} animated images`);
}

/** What is counted over a whole message. */
interface Noted {
  readonly path: string;
  readonly noted: { animated: number };
}

function checkCarousel(report: Report, carousel: JsonObject, { path, noted }: Noted): void {
  checkBytes(report, carousel, { path, max: carouselMaxBytes });
  const place = { object: carousel, path, name: "contents" };
  const bubbles = checkList(report, place, { min: 1, max: bubblesMax });
  for (const { item, path: at } of bubbles) {
    checkBubble(report, item, { path: at, alone: false, noted });
  }
  if (new Set(bubbles.map(({ item }) => item["size"] ?? "mega")).size > 1) {
    report.add(`${path}.contents`, "All bubbles must have the same size");
  }
}

/** What may stand in each block, and which sizes can hold a video. */
const blocks = {
  header: ["box"],
  hero: ["box", "image", "video"],
  body: ["box"],
  footer: ["box"],
} as const;
const sizes = ["nano", "micro", "deca", "hecto", "kilo", "mega", "giga"];
const videoSizes: ReadonlySet<unknown> = new Set(["kilo", "mega", "giga"]);

function checkBubble(
  report: Report,
  bubble: JsonObject,
  { path, alone, noted }: Noted & { alone: boolean },
): void {
  if (bubble["type"] !== "bubble") report.add(`${path}.type`, "Must be bubble");
  if (!checkBytes(report, bubble, { path, max: bubbleMaxBytes })) return;
  const itself = { object: bubble, path };
  checkOneOf(report, { ...itself, name: "size" }, { values: sizes, optional: true });
  checkOneOf(report, { ...itself, name: "direction" }, { values: ["ltr", "rtl"], optional: true });
  for (const [block, allowed] of Object.entries(blocks)) {
    if (isAbsent(bubble[block])) continue;
    checkComponent(report, bubble[block], { path: `${path}.${block}`, depth: 0, allowed, noted });
  }
  checkBlockStyles(report, bubble["styles"], `${path}.styles`);
  if (!isAbsent(bubble["action"])) {
    const place = { action: bubble["action"], path: `${path}.action` };
    checkAction(report, place, { labelMax: 40, labelOptional: true });
  }
  const hero = bubble["hero"];
  if (!isObject(hero) || hero["type"] !== "video") return;
  if (!alone) report.add(`${path}.hero.type`, "A bubble of a carousel may not have a video");
  else if (!videoSizes.has(bubble["size"] ?? "mega")) {
    report.add(`${path}.size`, "Must be kilo, mega or giga with a video");
  }
}

/** Whether the object is small enough to be looked into. */
function checkBytes(
  report: Report,
  object: JsonObject,
  { path, max }: { path: string; max: number },
): boolean {
  const fits = bytesOf(object) <= max;
  if (!fits) report.add(path, `Must be at most ${max} bytes`);
  return fits;
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
