const quote = 0x22;
const backslash = 0x5c;
const opens = new Set([0x5b, 0x7b]);
const closes = new Set([0x5d, 0x7d]);

/** How deep brackets are nested, outside of texts. Works on any bytes and builds nothing. */
export const jsonDepth = (bytes: Buffer): number => {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) at = endOfText(bytes, at + 1);
    else if (opens.has(byte)) deepest = Math.max(deepest, ++depth);
    else if (closes.has(byte)) depth -= 1;
  }
  return deepest;
};

/** The place of the quote that ends the text, or the end of the bytes. */
const endOfText = (bytes: Buffer, from: number): number => {
  for (let at = from; ; at += 1) {
    at = bytes.indexOf(quote, at);
    if (at === -1) return bytes.length;
    let slashes = 0;
    while (bytes[at - 1 - slashes] === backslash) slashes += 1;
    if (slashes % 2 === 0) return at;
  }
};
