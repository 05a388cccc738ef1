/**
 * What a terminal would obey, or what turns the order of letters around; joiners stay, as emoji are made with them.
 * Line and paragraph separators are among them, since some terminals break lines there.
 */
const unseen = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu;

const escapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

const unicodeEscape = (char: string): string =>
  `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** A text of somebody else's as one line that does nothing but stand there. */
export const visibleText = (text: string): string =>
  text.toWellFormed().replaceAll(unseen, (char) => escapes[char] ?? unicodeEscape(char));

/** The same for many lines of ours. */
export const visibleLines = (text: string): string => text.split("\n").map(visibleText).join("\n");

/** JSON that means the same, in which everything unseen is escaped. */
export const visibleJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(unseen, unicodeEscape);
