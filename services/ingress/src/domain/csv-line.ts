/**
 * One line of a CSV file by RFC 4180 that no spreadsheet takes for formulas: what begins as one does gets an apostrophe.
 * The wide forms are formulas to spreadsheets in Japanese.
 */
export const csvLine = (cells: readonly (string | null)[]): string =>
  `${cells.map((cell) => quoted(cell ?? "")).join(",")}\r\n`;

const formula = /^[=+\-@\t\r\n\0＝＋－＠]/;

const quoted = (text: string): string => {
  const safe = formula.test(text) ? `'${text}` : text;
  return safe !== text || /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
