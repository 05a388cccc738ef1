import { hash } from "node:crypto";
import type { JsonObject } from "./json.ts";

const textMax = 200;

/**
 * What the ledger counts a send by: the first `[[…]]` in its texts, else its whole text with blanks made equal,
 * else a digest of its content. Never anything the sender chose for its own book-keeping, such as a retry key.
 */
export function markerOf(messages: readonly JsonObject[]): string {
  let whole = "";
  for (const message of messages) {
    const text = shownText(message);
    const open = text.indexOf("[[");
    const close = open < 0 ? -1 : text.indexOf("]]", open);
    if (close > open) return text.slice(open + 2, close);
    whole = whole === "" ? text : `${whole}\n${text}`;
  }
  const normal = whole.replaceAll(/\s+/gu, " ").trim();
  if (normal !== "" && normal.length <= textMax) return normal;
  return `sha256:${hash("sha256", normal === "" ? JSON.stringify(messages) : normal)}`;
}

function shownText(message: JsonObject): string {
  if (typeof message["text"] === "string") return message["text"];
  return typeof message["altText"] === "string" ? message["altText"] : "";
}
