/** The levels of a value, outermost first. It walks without recursion: ten thousand of them would take the stack along. */
export function* levelsOf(value: unknown): Generator<readonly object[]> {
  let level = objectsAmong([value]);
  while (level.length > 0) {
    yield level;
    level = level.flatMap((one) => objectsAmong(Object.values(one)));
  }
}

export const isDeeperThan = (value: unknown, levelsMax: number): boolean => {
  let depth = 0;
  for (const _ of levelsOf(value)) {
    depth += 1;
    if (depth > levelsMax) return true;
  }
  return false;
};

const objectsAmong = (values: readonly unknown[]): object[] =>
  values.filter((one): one is object => typeof one === "object" && one !== null);
