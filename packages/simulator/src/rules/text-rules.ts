import { isObject } from "../json.ts";
import type { JsonObject } from "../json.ts";
import { checkList, checkText, entryOf, isAbsent } from "./problem.ts";
import type { Report } from "./problem.ts";

const emojisMax = 20;
const substitutionsMax = 100;
const perKindMax = 20;

/** A mention stands for a member of a group, so only a group or room can be sent one. */
export interface TextDestination {
  readonly mentions: boolean;
}

/** Checks the LINE emoji of a text: each must stand on a `$`. */
export function checkEmojis(report: Report, message: JsonObject, path: string): void {
  if (isAbsent(message["emojis"])) return;
  const text = typeof message["text"] === "string" ? message["text"] : "";
  const place = { object: message, path, name: "emojis" };
  for (const { item, path: at } of checkList(report, place, { min: 0, max: emojisMax })) {
    const index = item["index"];
    if (typeof index !== "number" || text[index] !== "$") {
      report.add(`${at}.index`, "Must be the index of a $ in the text");
    }
    checkEmojiIds(report, item, at);
  }
}

function checkEmojiIds(report: Report, object: JsonObject, path: string): void {
  for (const name of ["productId", "emojiId"]) {
    checkText(report, { object, path, name }, { max: Infinity });
  }
}

/** Checks that the placeholders of a textV2 and its substitutions fit each other. */
export function checkSubstitutions(
  report: Report,
  message: JsonObject,
  { path, mentions }: TextDestination & { path: string },
): void {
  const given = message["substitution"] ?? {};
  const at = `${path}.substitution`;
  if (!isObject(given) || Object.keys(given).length > substitutionsMax) {
    report.add(at, `Size must be between 0 and ${substitutionsMax}`);
    return;
  }
  for (const [key, one] of Object.entries(given)) {
    if (!/^[0-9a-zA-Z_]{1,20}$/.test(key)) report.add(at, `Invalid key ${key}`);
    checkSubstitution(report, one, { path: `${at}.${key}`, mentions });
  }
  checkPlaceholders(report, given, { path: `${path}.text`, text: message["text"] });
}

function checkSubstitution(
  report: Report,
  object: unknown,
  { path, mentions }: TextDestination & { path: string },
): void {
  const type = isObject(object) ? object["type"] : undefined;
  if (!isObject(object) || (type !== "emoji" && type !== "mention")) {
    report.add(`${path}.type`, "Must be one of the following values: [mention, emoji]");
    return;
  }
  if (type === "emoji") {
    checkEmojiIds(report, object, path);
    return;
  }
  if (!mentions) report.add(`${path}.type`, "A mention needs a group chat or multi-person chat");
  const mentionee = isObject(object["mentionee"]) ? object["mentionee"] : {};
  const mentioneePath = `${path}.mentionee`;
  if (mentionee["type"] === "user") {
    checkText(
      report,
      { object: mentionee, path: mentioneePath, name: "userId" },
      { max: Infinity },
    );
  } else if (mentionee["type"] !== "all") {
    report.add(`${mentioneePath}.type`, "Must be one of the following values: [user, all]");
  }
}

function checkPlaceholders(
  report: Report,
  given: JsonObject,
  { path, text }: { path: string; text: unknown },
): void {
  const plain = (typeof text === "string" ? text : "").replaceAll("{{", "").replaceAll("}}", "");
  const keys = [...plain.matchAll(/\{([^{}]*)\}/g)].map(([, key = ""]) => key);
  for (const key of keys) {
    if (!Object.hasOwn(given, key)) report.add(path, `No substitution for {${key}}`);
  }
  for (const kind of ["emoji", "mention"]) {
    const count = keys.filter((key) => {
      const one = entryOf(given, key);
      return isObject(one) && one["type"] === kind;
    }).length;
    if (count > perKindMax) report.add(path, `At most ${perKindMax} of type ${kind}`);
  }
  if (/[{}]/.test(plain.replaceAll(/\{[^{}]*\}/g, ""))) report.add(path, "A brace must be doubled");
}
