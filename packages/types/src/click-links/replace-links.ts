import type { LineMessage } from "../line-messages/line-message.ts";
import { holdsLiquid } from "../line-messages/message-problem.ts";
import { replaceAddresses } from "./addresses-in-text.ts";
import { withoutLiquid } from "./without-liquid.ts";

/** By its address, what stands in its place; undefined where it stays. */
export type ReplaceLink = (url: string) => string | undefined;

/**
 * The messages with other links: those that are tapped (uri actions wherever they are, also for desktops, and the link
 * of a video in an imagemap), and addresses in texts. Pictures and videos are no links.
 */
export const replaceLinks = (
  messages: readonly LineMessage[],
  replace: ReplaceLink,
): LineMessage[] =>
  messages.map((message) => {
    const tapped = replaceTapped(message, replace) as LineMessage;
    if (isText(tapped)) return replaceInText(tapped, replace);
    return message.type === "flex" && isLarge(tapped) ? message : tapped;
  });

/** The addresses of all links that are written out in the messages. */
export const linksIn = (messages: readonly LineMessage[]): ReadonlySet<string> => {
  const urls = new Set<string>();
  replaceLinks(messages.map(withoutTemplates), (url) => {
    urls.add(url);
    return undefined;
  });
  return urls;
};

/** An address that only a template reads is nobody's link. */
const withoutTemplates = (message: LineMessage): LineMessage =>
  isText(message) && holdsLiquid(message.text)
    ? { ...message, text: withoutLiquid(message.text) }
    : message;

/** Source: LINE's URI action (`uri`, `altUri.desktop`) and imagemap (`linkUri`). */
const tappedFields = new Set(["uri", "linkUri", "desktop"]);

const replaceTapped = (value: unknown, replace: ReplaceLink): unknown => {
  if (Array.isArray(value)) return value.map((one) => replaceTapped(one, replace));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, inside]) => [
      field,
      typeof inside === "string" && tappedFields.has(field) && isWeb(inside)
        ? (replace(inside) ?? inside)
        : replaceTapped(inside, replace),
    ]),
  );
};

/** Source: a bubble has at most 30 KB; of carousels, which may have more, as much is safe. */
const flexBytesMax = 30_000;

const isLarge = (message: LineMessage): boolean =>
  Buffer.byteLength(JSON.stringify(message)) > flexBytesMax;

const isWeb = (url: string): boolean => /^https?:\/\//i.test(url);

type Text = LineMessage & { readonly text: string };

const isText = (message: LineMessage): message is Text =>
  (message.type === "text" || message.type === "textV2") && typeof message["text"] === "string";

/** Source: a text has at most 5,000 UTF-16 units. */
const textUnitsMax = 5_000;

const replaceInText = (message: Text, replace: ReplaceLink): Text => {
  // LINE finds emojis by their place in the text, which would be another one.
  const emojis = message["emojis"];
  if (Array.isArray(emojis) && emojis.length > 0) return message;
  const text = replaceAddresses(message.text, replace);
  return text.length > textUnitsMax ? message : { ...message, text };
};
