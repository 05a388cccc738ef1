import type { LineMessage } from "@yubin/types";

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
  replaceLinks(messages, (url) => {
    urls.add(url);
    return undefined;
  });
  return urls;
};

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
/** Only what an address may hold as it is: in Japanese the sentence goes on without a space. */
const addresses = /https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+/gi;

const replaceInText = (message: Text, replace: ReplaceLink): Text => {
  // LINE finds emojis by their place in the text, which would be another one.
  const emojis = message["emojis"];
  if (Array.isArray(emojis) && emojis.length > 0) return message;
  const before = message.text;
  const text = before.replaceAll(addresses, (found: string, at: number) => {
    // What goes on with a brace is not whole: a template or LINE puts something there.
    if (before[at + found.length] === "{") return found;
    const url = withoutEnd(found);
    return `${replace(url) ?? url}${found.slice(url.length)}`;
  });
  return text.length > textUnitsMax ? message : { ...message, text };
};

/** What ends a sentence rather than an address. */
const punctuation = new Set(".,:;!?'\"");
const opening: Readonly<Record<string, string>> = { ")": "(", "]": "[" };

/** The address without what comes after it; a bracket is part of it where it was opened in it. One walk, whatever it is. */
const withoutEnd = (found: string): string => {
  const open: Record<string, number> = {};
  for (const char of found) open[char] = (open[char] ?? 0) + 1;
  let end = found.length;
  for (; end > 0; end -= 1) {
    const last = found[end - 1] ?? "";
    const opener = opening[last];
    const isAfter =
      opener === undefined ? punctuation.has(last) : (open[last] ?? 0) > (open[opener] ?? 0);
    if (!isAfter) break;
    open[last] = (open[last] ?? 0) - 1;
  }
  return found.slice(0, end);
};
