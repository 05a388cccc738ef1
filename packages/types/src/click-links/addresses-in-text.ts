/**
 * A text with other addresses. Left as it was is every address of which nobody can tell where it ends, as the sentence
 * may go on without a space: half an address leads somebody to a wrong page.
 */
export const replaceAddresses = (
  text: string,
  replace: (url: string) => string | undefined,
): string => {
  const parts: string[] = [];
  let done = 0;
  addresses.lastIndex = 0;
  for (let found = addresses.exec(text); found; found = addresses.exec(text)) {
    const url = wholeAddress(text, found[0], found.index);
    if (url === undefined) {
      // What comes until the next space may be part of it, also where that is an address again.
      spaces.lastIndex = addresses.lastIndex;
      addresses.lastIndex = spaces.exec(text)?.index ?? text.length;
      continue;
    }
    parts.push(text.slice(done, found.index), replace(url) ?? url);
    done = found.index + url.length;
  }
  return parts.join("") + text.slice(done);
};

/** Only what an address may hold as it is. Source: RFC 3986. */
const addresses = /https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+/gi;
const spaces = /\s/g;

/** The address that was found at a place, where it is sure that it ends there. */
const wholeAddress = (text: string, found: string, at: number): string | undefined => {
  const url = withoutEnd(found);
  ends.lastIndex = at + found.length;
  if (ends.test(text)) return url;
  // A bracket around it has been closed.
  const isClosed = /[)\]]/.test(found.slice(url.length));
  return isClosed && (text[at + found.length] ?? "") > "\u007f" ? url : undefined;
};

/**
 * What ends an address: what no address holds (RFC 3986, Appendix C), another address, or what closes in Japanese, as
 * that was opened before it. Marks that end a sentence may stand between, and alone they end none: they are also part
 * of titles in addresses, and written for the dot of a domain and for `?`.
 */
const ends = /[、。．｡，！？：；…‥]*(?:$|[\s<>"」』）】〉》〕］｝〗〙”]|https?:\/\/)/iy;

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
