import { isObject } from "../json.ts";
import type { JsonObject } from "../json.ts";
import { checkQuickReply } from "./action-rules.ts";
import { checkFlex } from "./flex-rules.ts";
import { checkImagemap } from "./imagemap-rules.ts";
import { checkHttpsUrl, checkNumber, checkText, createReport, entryOf } from "./problem.ts";
import type { Problem, Report } from "./problem.ts";
import { checkTemplate } from "./template-rules.ts";
import { checkEmojis, checkSubstitutions } from "./text-rules.ts";

/** Everything LINE would object to in the `messages` of a request. */
export function messageProblems(messages: unknown): Problem[] {
  const report = createReport();
  if (!Array.isArray(messages) || messages.length < 1 || messages.length > 5) {
    report.add("messages", "Size must be between 1 and 5");
    return report.problems;
  }
  messages.forEach((message: unknown, index) =>
    checkMessage(report, message, `messages[${index}]`),
  );
  return report.problems;
}

const textMax = 5_000;
const senderNameMax = 20;
const audioMaxMs = 24 * 3_600_000;

type Check = (report: Report, message: JsonObject, path: string) => void;

const checks: Readonly<Record<string, Check>> = {
  text: (report, object, path) => {
    checkText(report, { object, path, name: "text" }, { max: textMax });
    checkEmojis(report, object, path);
  },
  textV2: (report, object, path) => {
    checkText(report, { object, path, name: "text" }, { max: textMax });
    checkSubstitutions(report, object, path);
  },
  sticker: (report, object, path) => {
    checkText(report, { object, path, name: "packageId" }, { max: 50 });
    checkText(report, { object, path, name: "stickerId" }, { max: 50 });
  },
  image: (report, object, path) => checkMedia(report, object, path),
  video: (report, object, path) => {
    checkMedia(report, object, path);
    checkText(report, { object, path, name: "trackingId" }, { max: 100, optional: true });
  },
  audio: (report, object, path) => {
    checkHttpsUrl(report, { object, path, name: "originalContentUrl" });
    checkNumber(report, { object, path, name: "duration" }, { min: 1, max: audioMaxMs });
  },
  location: (report, object, path) => {
    checkText(report, { object, path, name: "title" }, { max: 100 });
    checkText(report, { object, path, name: "address" }, { max: 100 });
    checkNumber(report, { object, path, name: "latitude" }, { min: -90, max: 90 });
    checkNumber(report, { object, path, name: "longitude" }, { min: -180, max: 180 });
  },
  coupon: (report, object, path) => {
    checkText(report, { object, path, name: "couponId" }, { max: 100 });
    checkText(report, { object, path, name: "deliveryTag" }, { max: 30, optional: true });
  },
  imagemap: checkImagemap,
  template: checkTemplate,
  flex: checkFlex,
};

function checkMessage(report: Report, message: unknown, path: string): void {
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
  check(report, message, path);
  if (message["quickReply"] !== undefined) checkQuickReply(report, message["quickReply"], path);
  if (message["sender"] !== undefined) checkSender(report, message["sender"], `${path}.sender`);
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
