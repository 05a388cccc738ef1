import { isExact } from "./exact-numbers.ts";

const byteOf = (character: string): number => character.charCodeAt(0);
const quote = byteOf('"');
const backslash = byteOf("\\");
const minus = byteOf("-");
const zero = byteOf("0");
const nine = byteOf("9");

/** What bytes that may be JSON would become. */
export interface JsonScan {
  /** How deep brackets are nested, outside of texts. */
  readonly depth: number;
  /** Whether a number is in there that JavaScript would keep as another one. */
  readonly inexact: boolean;
}

/** Looks through any bytes in one pass and builds nothing: what is refused after this has cost next to nothing. */
export const scanJson = (bytes: Buffer): JsonScan => {
  let depth = 0;
  let deepest = 0;
  let inexact = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) at = endOfText(bytes, at + 1);
    else if (byte === 0x5b || byte === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (byte === 0x5d || byte === 0x7d) depth -= 1;
    else if (isDigit(byte) || byte === minus) {
      const end = endOfNumber(bytes, at + 1);
      inexact ||= !isKept(bytes, at, end);
      at = end - 1;
    }
  }
  return { depth: deepest, inexact };
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

const isDigit = (byte: number): boolean => byte >= zero && byte <= nine;
const numberBytes = new Set(Buffer.from("0123456789.+-eE"));

const endOfNumber = (bytes: Buffer, from: number): number => {
  let end = from;
  while (numberBytes.has(bytes[end] ?? 0)) end += 1;
  return end;
};

/** Nearly every number is short and whole: those are not looked at twice. */
const isKept = (bytes: Buffer, from: number, end: number): boolean => {
  const first = bytes[from];
  if (end - from <= 15 && first !== minus && isDigits(bytes, from, end)) return true;
  const source = bytes.toString("latin1", from, end);
  return isExact(Number(source), source);
};

const isDigits = (bytes: Buffer, from: number, end: number): boolean => {
  for (let at = from; at < end; at += 1) if (!isDigit(bytes[at] ?? 0)) return false;
  return true;
};
