/** A 32-bit hash of the parts, the same on every machine, so that whatever is chosen by it can be replayed. */
export function hash32(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const part of parts) {
    const text = String(part);
    for (let i = 0; i < text.length; i += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    }
    hash = Math.imul(hash ^ 0x2f, 0x01000193); // "a","bc" must differ from "ab","c"
  }
  return mixed(hash);
}

/** A 32-bit hash of raw bytes; tells two request bodies apart without keeping them. */
export function hashBytes(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i += 1) {
    hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  }
  return mixed(hash);
}

/** The hash as a number in [0, 1). */
export const fractionOf = (hash: number): number => hash / 0x1_0000_0000;

/** A seeded source of numbers. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number in [0, bound). */
  below(bound: number): number;
}

/** Opens a sequence of numbers that depends on the seed alone. */
export function createRandom(seed: string | number): Random {
  let state = hash32(seed);
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    return fractionOf(mixed(state));
  };
  return { next, below: (bound) => Math.floor(next() * bound) };
}

function mixed(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
