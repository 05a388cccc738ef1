const segmenter = new Intl.Segmenter();

/**
 * Whether people see more than so many characters (grapheme clusters). Stops counting where that is known: a text may
 * be far longer than its limit.
 */
export const hasMoreCharacters = (text: string, max: number): boolean => {
  if (text.length <= max) return false;
  let count = 0;
  for (const _ of segmenter.segment(text)) {
    count += 1;
    if (count > max) return true;
  }
  return false;
};
