/** Stands where a number was that JavaScript cannot keep as it was written. */
export const inexact: unique symbol = Symbol("a number that cannot be kept exactly");

/** Minus zero, sixteen or more digits, or an exponent, outside of most texts: worth a closer look. */
export const maybeInexact =
  /[:,[\s](?:-0|-?[\d.]{16}|-?[\d.]+[eE])|^(?:-0|-?[\d.]{16}|-?[\d.]+[eE])/;

/** JSON.parse, with `inexact` in place of what would silently become another number. */
export const parseExactly = (text: string): unknown =>
  maybeInexact.test(text) ? JSON.parse(text, checked) : JSON.parse(text);

const checked = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
  typeof value === "number" && !isExact(value, context?.source ?? "") ? inexact : value;

/** A number is kept when it reads back as the same decimal. */
const isExact = (value: number, source: string): boolean =>
  Number.isFinite(value) && !Object.is(value, -0) && decimalOf(String(value)) === decimalOf(source);

/** `1.50`, `15e-1` and `1.5` are one decimal: its digits without outer zeros, and where the point goes. */
const decimalOf = (source: string): string => {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  const shift = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${sign}${significant}e${shift}`;
};
