const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Letters of East Asia and emoji take two columns of a terminal. */
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}|\ufe0f/u;
const nothing = /^[\p{M}\p{Cf}]+$/u;

const widthOf = (grapheme: string): number => {
  if (nothing.test(grapheme)) return 0;
  return wide.test(grapheme) ? 2 : 1;
};

/** How many columns of a terminal a text takes. */
export const displayWidth = (text: string): number => {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += widthOf(segment);
  return width;
};

/** The text in exactly so many columns: filled up with blanks, or cut off with an ellipsis. */
export const fitted = (text: string, columns: number): string => {
  const width = displayWidth(text);
  if (width <= columns) return text + " ".repeat(columns - width);
  let cut = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const next = widthOf(segment);
    if (used + next > columns - 1) break;
    cut += segment;
    used += next;
  }
  return `${cut}…${" ".repeat(Math.max(columns - 1 - used, 0))}`;
};
