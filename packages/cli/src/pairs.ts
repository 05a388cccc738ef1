import { Misuse } from "./misuse.ts";

/** `key=value`, split at the first equals sign; undefined where there is none, or no key. */
export const pairFrom = (text: string): readonly [key: string, value: string] | undefined => {
  const at = text.indexOf("=");
  return at > 0 ? [text.slice(0, at), text.slice(at + 1)] : undefined;
};

/** Traits to set: `key=text`, `key:=json`; those to take away become null. */
export const traitsFrom = (
  pairs: readonly string[],
  unset: readonly string[],
): Record<string, unknown> => {
  const traits = new Map<string, unknown>();
  const put = (key: string, value: unknown): void => {
    if (traits.has(key)) throw new Misuse(`${key} is there twice`);
    traits.set(key, value);
  };
  for (const text of pairs) {
    const [key, value] = pairFrom(text) ?? [];
    if (key === undefined || value === undefined || key === ":")
      throw new Misuse(`"${text}" is not key=text or key:=json`);
    if (key.endsWith(":")) put(key.slice(0, -1), jsonFrom(value, key));
    else put(key, value);
  }
  for (const key of unset) put(key, null);
  if (traits.size === 0) throw new Misuse("nothing to set: give key=value, or --unset key");
  return Object.fromEntries(traits);
};

const jsonFrom = (text: string, key: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Misuse(`what follows ${key}= is no JSON; a text is given with key=text`);
  }
};
