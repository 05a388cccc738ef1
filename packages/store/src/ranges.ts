/** Ascending indexes as `from, to, from, to`. */
export const toRanges = (indexes: readonly number[]): number[] => {
  const ranges: number[] = [];
  for (const index of indexes) {
    if (ranges.length > 0 && ranges.at(-1) === index - 1) ranges[ranges.length - 1] = index;
    else ranges.push(index, index);
  }
  return ranges;
};

export const fromRanges = (ranges: readonly number[]): number[] => {
  const indexes: number[] = [];
  for (let at = 0; at + 1 < ranges.length; at += 2)
    for (let index = ranges[at] ?? 0; index <= (ranges[at + 1] ?? -1); index += 1)
      indexes.push(index);
  return indexes;
};

/** How many indexes there are in ranges. */
export const sizeOfRanges = (ranges: readonly number[]): number =>
  ranges.reduce((sum, edge, place) => sum + (place % 2 === 0 ? -edge : edge + 1), 0);
