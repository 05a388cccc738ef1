/** Stands where a number was that JavaScript cannot keep as it was written. */
export const inexact: unique symbol = Symbol("a number that cannot be kept exactly");

/** JSON.parse, with `inexact` in place of what would silently become another number. */
export const parseExactly = (text: string): unknown => JSON.parse(text, checked);

const checked = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
  typeof value === "number" && !isExact(value, context?.source ?? "") ? inexact : value;

/** No number needs more characters; so many that it takes time to compare them are a trick. */
const numberCharsMax = 100;

/** A number is kept when it reads back as the same decimal; up to 15 digits of a usual size always do. */
export const isExact = (value: number, source: string): boolean => {
  const size = Math.abs(value);
  if (size > 1e-300 && size < 1e300 && source.length <= 15) return true;
  if (!Number.isFinite(value) || Object.is(value, -0)) return false;
  if (source.length > numberCharsMax) return false;
  return decimalOf(String(value)) === decimalOf(source);
};

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
