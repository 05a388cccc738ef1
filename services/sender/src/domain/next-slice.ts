import { waitingIn, type Batch, type Call } from "./batch.ts";

/** What to do next for a batch. */
export type Slice =
  /** Calls that were made before, or may have been. */
  | { readonly kind: "calls"; readonly calls: readonly Call[] }
  /** People for whom nothing was tried yet. */
  | { readonly kind: "people"; readonly indexes: readonly number[] }
  | { readonly kind: "later"; readonly at: Date };

/** Recipients about whom nothing can be decided before a time; whoever takes the batch over looks at once. */
export type HeldPeople = ReadonlyMap<number, Date>;

/** So many pushes are frozen, sent and recorded together. */
const pushesMax = 200;
/** What is frozen stands in one document, and MongoDB takes 16 MB. */
const frozenBytesMax = 6_000_000;

/** How many more bytes may be frozen in this batch. */
export const roomIn = ({ calls }: Pick<Batch, "calls">): number =>
  calls.reduce((room, { body }) => room - Buffer.byteLength(body), frozenBytesMax);

/** Open calls first: what is unknown is worth more than what is new. Those under way are made already. */
export const nextSlice = (
  batch: Batch,
  now: Date,
  { held, flying }: { readonly held: HeldPeople; readonly flying: ReadonlySet<string> },
): Slice => {
  const open = batch.calls.filter(({ path }) => !flying.has(path));
  const due = open.filter(({ nextAt }) => nextAt.getTime() <= now.getTime());
  if (due.length > 0) return { kind: "calls", calls: due.slice(0, pushesMax) };

  const waiting = waitingIn(batch).filter((index) => !isHeld(held, index, now));
  if (waiting.length > 0 && roomIn(batch) > 0)
    return {
      kind: "people",
      indexes: batch.method === "push" ? waiting.slice(0, pushesMax) : waiting,
    };
  const times = [...open.map(({ nextAt }) => nextAt), ...held.values()];
  const next = Math.min(...times.filter((at) => at > now).map((at) => at.getTime()));
  return { kind: "later", at: Number.isFinite(next) ? new Date(next) : now };
};

const isHeld = (held: HeldPeople, index: number, now: Date): boolean => {
  const until = held.get(index);
  return until !== undefined && until > now;
};
