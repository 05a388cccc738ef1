import {
  all,
  byType,
  fields,
  isDeferred,
  isObject,
  isThere,
  linkUrl,
  oneOf,
  optional,
  text,
  type Check,
} from "./checks.ts";
import { lineLimit, misfit } from "./message-problem.ts";

/** Source: LINE, Action objects. */
const max = { data: 300, text: 300, clipboardText: 1_000 } as const;

/** Where an action stands. Source: LINE, Action objects, Specifications of the label. */
export interface ActionPlace {
  readonly labelMax: number;
  readonly label: "required" | "optional";
}

/** An action of a template or a Flex Message. */
export const action = (place: ActionPlace): Check => byType(actionsAt(place));

/** An action of a quick reply button: three more open the phone's own screens. */
export const quickReplyAction = (place: ActionPlace): Check => {
  const screen = fields({ label: labelAt(place) });
  return byType({ ...actionsAt(place), camera: screen, cameraRoll: screen, location: screen });
};

/** The action of a video in a Flex Message. */
export const uriAction = (place: ActionPlace): Check => byType({ uri: actionsAt(place).uri });

const labelAt = ({ labelMax, label }: ActionPlace): Check => {
  const check = text({ max: labelMax, inCharacters: true });
  return label === "required" ? check : optional(check);
};

/** `data` may be empty. Source: LINE's OpenAPI definition. */
const data = text({ max: max.data, least: "none" });
const chatText = text({ max: max.text, inCharacters: true });

const actionsAt = (place: ActionPlace) => {
  const label = labelAt(place);
  return {
    postback: all(
      fields({
        label,
        data,
        displayText: optional(chatText),
        text: optional(chatText),
        inputOption: optional(oneOf("closeRichMenu", "openRichMenu", "openKeyboard", "openVoice")),
        fillInText: optional(chatText),
      }),
      notBothTexts,
    ),
    message: fields({ label, text: chatText }),
    uri: fields({ label, uri: linkUrl, altUri: optional(fields({ desktop: optional(linkUrl) })) }),
    datetimepicker: all(
      fields({ label, data, mode: oneOf("date", "time", "datetime") }),
      pickableTimes,
    ),
    clipboard: fields({ label, clipboardText: text({ max: max.clipboardText, least: "one" }) }),
  };
};

/** Source: LINE, Postback action. */
const notBothTexts: Check = (value, field) =>
  isObject(value) && isThere(value["text"]) && isThere(value["displayText"])
    ? lineLimit(`${field}.text`, "either text or displayText, given both")
    : undefined;

/** Source: LINE, Datetime picker action: the form of each mode, and what its times lie between. */
const pickableTimes: Check = (value, field, rules) => {
  if (!isObject(value) || isDeferred(value["mode"], rules)) return undefined;
  const form = timeForms[String(value["mode"])];
  for (const name of ["initial", "min", "max"]) {
    const time = value[name];
    if (!isThere(time) || isDeferred(time, rules)) continue;
    if (!form || typeof time !== "string" || !form.expression.test(time) || !isDay(time))
      return misfit(`${field}.${name}`, form?.wanted ?? "a time", time);
  }
  const { min, max: latest } = value;
  if (typeof min !== "string" || typeof latest !== "string") return undefined;
  if (isDeferred(min, rules) || isDeferred(latest, rules)) return undefined;
  return min.toUpperCase() < latest.toUpperCase()
    ? undefined
    : lineLimit(`${field}.max`, "max must be later than min");
};

const day = "(?:19\\d\\d|20\\d\\d|2100)-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])";
const minute = "(?:[01]\\d|2[0-3]):[0-5]\\d";
const timeForms: Readonly<
  Record<string, { readonly expression: RegExp; readonly wanted: string }>
> = {
  date: { expression: new RegExp(`^${day}$`), wanted: "a date from 1900-01-01 to 2100-12-31" },
  time: { expression: new RegExp(`^${minute}$`), wanted: "a time from 00:00 to 23:59" },
  datetime: {
    expression: new RegExp(`^${day}[Tt]${minute}$`),
    wanted: "a time from 1900-01-01T00:00 to 2100-12-31T23:59",
  },
};

/** A date that is on the calendar, or a text without one. */
const isDay = (time: string): boolean => {
  const date = time.slice(0, 10);
  if (date.length < 10) return true;
  const at = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(date);
};
