import { isObject } from "../json.ts";
import type { JsonObject } from "../json.ts";
import { checkQuickReply } from "./action-rules.ts";
import { checkFlex } from "./flex-rules.ts";
import { checkImagemap } from "./imagemap-rules.ts";
import {
  checkHttpsUrl,
  checkNumber,
  checkPattern,
  checkText,
  createReport,
  entryOf,
  isAbsent,
} from "./problem.ts";
import type { Problem, Report } from "./problem.ts";
import { checkTemplate } from "./template-rules.ts";
import { checkEmojis, checkSubstitutions } from "./text-rules.ts";
import type { TextDestination } from "./text-rules.ts";

/** Everything LINE would object to in the `messages` of a request, which may go to where people can be mentioned. */
export function messageProblems(
  messages: unknown,
  destination: TextDestination = { mentions: false },
): Problem[] {
  const report = createReport();
  if (!Array.isArray(messages) || messages.length < 1 || messages.length > 5) {
    report.add("messages", "Size must be between 1 and 5");
    return report.problems;
  }
  messages.forEach((message: unknown, index) =>
    checkMessage(report, message, { path: `messages[${index}]`, ...destination }),
  );
  return report.problems;
}

const textMax = 5_000;
const senderNameMax = 20;

interface Where extends TextDestination {
  readonly path: string;
}

type Check = (report: Report, message: JsonObject, where: Where) => void;

const checks: Readonly<Record<string, Check>> = {
  text: (report, object, { path }) => {
    checkText(report, { object, path, name: "text" }, { max: textMax });
    checkQuoteToken(report, object, path);
    checkEmojis(report, object, path);
  },
  textV2: (report, object, where) => {
    const { path } = where;
    checkText(report, { object, path, name: "text" }, { max: textMax });
    checkQuoteToken(report, object, path);
    checkSubstitutions(report, object, where);
  },
  sticker: (report, object, { path }) => {
    checkText(report, { object, path, name: "packageId" }, { max: Infinity });
    checkText(report, { object, path, name: "stickerId" }, { max: Infinity });
    checkQuoteToken(report, object, path);
  },
  image: (report, object, { path }) => checkMedia(report, object, path),
  video: (report, object, { path }) => {
    checkMedia(report, object, path);
    const words = "Length must be between 1 and 100, of the allowed characters";
    checkPattern(
      report,
      { object, path, name: "trackingId" },
      { pattern: /^[a-zA-Z0-9.=,+*()%$&;:@{}!?<>[\]-]{1,100}$/, words, optional: true },
    );
  },
  audio: (report, object, { path }) => {
    checkHttpsUrl(report, { object, path, name: "originalContentUrl" });
    checkNumber(
      report,
      { object, path, name: "duration" },
      { min: 1, max: Number.MAX_SAFE_INTEGER, whole: true },
    );
  },
  location: (report, object, { path }) => {
    checkText(report, { object, path, name: "title" }, { max: 100 });
    checkText(report, { object, path, name: "address" }, { max: 100 });
    checkNumber(report, { object, path, name: "latitude" }, { min: -90, max: 90 });
    checkNumber(report, { object, path, name: "longitude" }, { min: -180, max: 180 });
  },
  coupon: (report, object, { path }) => {
    checkText(report, { object, path, name: "couponId" }, { max: Infinity });
    checkPattern(
      report,
      { object, path, name: "deliveryTag" },
      { pattern: /^\w{1,30}$/, words: "Must be 1 to 30 letters, digits or _", optional: true },
    );
  },
  imagemap: (report, object, { path }) => checkImagemap(report, object, path),
  template: (report, object, { path }) => checkTemplate(report, object, path),
  flex: (report, object, { path }) => checkFlex(report, object, path),
};

function checkMessage(report: Report, message: unknown, where: Where): void {
  const { path } = where;
  if (!isObject(message)) {
    report.add(path, "Must be an object");
    return;
  }
  const check = entryOf(checks, message["type"]);
  if (!check) {
    const known = Object.keys(checks).join(", ");
    report.add(`${path}.type`, `Must be one of the following values: [${known}]`);
    return;
  }
  check(report, message, where);
  if (!isAbsent(message["quickReply"])) checkQuickReply(report, message["quickReply"], path);
  if (!isAbsent(message["sender"])) checkSender(report, message["sender"], `${path}.sender`);
}

function checkQuoteToken(report: Report, object: JsonObject, path: string): void {
  checkText(report, { object, path, name: "quoteToken" }, { max: Infinity, optional: true });
}

function checkMedia(report: Report, object: JsonObject, path: string): void {
  checkHttpsUrl(report, { object, path, name: "originalContentUrl" });
  checkHttpsUrl(report, { object, path, name: "previewImageUrl" });
}

function checkSender(report: Report, sender: unknown, path: string): void {
  if (!isObject(sender)) {
    report.add(path, "Must be an object");
    return;
  }
  checkText(report, { object: sender, path, name: "name" }, { max: senderNameMax, optional: true });
  checkHttpsUrl(report, { object: sender, path, name: "iconUrl" }, true);
  if (typeof sender["name"] === "string" && /\bline\b/i.test(sender["name"])) {
    report.add(`${path}.name`, "May not contain a reserved word");
  }
}
