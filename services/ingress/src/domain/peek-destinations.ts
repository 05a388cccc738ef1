const candidatesMax = 4;
const occurrencesMax = 16;
const key = Buffer.from('"destination"');
const afterKey = /^\s{0,16}:\s{0,16}"(U[0-9a-f]{32})"/;

/**
 * The bots that an unverified body may be for, in the order they occur: lookup keys and nothing more. Found without
 * parsing, since nothing is built from bytes whose signature was not checked. LINE's own comes first in what LINE
 * sends today, but the order of fields is not promised.
 */
export const peekDestinations = (bytes: Buffer): string[] => {
  const found = new Set<string>();
  let at = bytes.indexOf(key);
  for (let seen = 0; at !== -1 && seen < occurrencesMax; seen += 1) {
    const start = at + key.length;
    const [, botUserId] = afterKey.exec(bytes.toString("latin1", start, start + 80)) ?? [];
    if (botUserId !== undefined) found.add(botUserId);
    if (found.size === candidatesMax) break;
    at = bytes.indexOf(key, start);
  }
  return [...found];
};
