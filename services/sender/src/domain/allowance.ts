import type { QuotaChoice } from "@yubin/types";

import { tallyOf, type Batch } from "./batch.ts";

/**
 * How many people of a campaign may be sent something in one of its runs, as far as the month's quota goes, and how far
 * through its plan that has come. Within a run it only ever grows, so whoever acts by an older one sends too few.
 */
export interface Allowance {
  /** Of another run it says nothing. */
  readonly run: number;
  readonly choice: QuotaChoice;
  /** Of all its people, those who were sent something before included; null: everybody. */
  readonly people: number | null;
  /** What was counted: people still to be sent something, and what the month had for them. */
  readonly needed: number | null;
  readonly left: number | null;
  readonly at: Date;
  /** Batches with a lower number may be sent to. */
  readonly through: number;
  /** So many of the last of them, those from before included; null: all. */
  readonly room: number | null;
  /** It is certain that there is no room for anybody else. */
  readonly trims: boolean;
}

export type Reach = Pick<Allowance, "through" | "room">;

/** A batch that is not settled, in people. */
export interface OpenBatch {
  readonly seq: number;
  /** For whom nothing was tried yet. */
  readonly waiting: number;
  /** In calls of which nobody knows yet what LINE made of them. */
  readonly called: number;
  /** LINE accepted them, or may have for ever. */
  readonly spent: number;
}

/** What a campaign whose plan is closed came to so far, in people. */
export interface Progress {
  readonly queued: number;
  readonly spent: number;
  readonly called: number;
  /** In the order of the plan; the first of them where there are many. */
  readonly open: readonly OpenBatch[];
  /** Whether `open` is all of them. */
  readonly isWhole: boolean;
}

export const isLimited = (allowance: Allowance | null): allowance is Allowance =>
  allowance !== null && allowance.people !== null;

/** How many more may be sent something; whoever is in an open call may have been. */
const roomIn = (people: number, { spent, called }: Progress): number =>
  Math.max(0, people - spent - called);

/**
 * How far that room reaches in the order of the plan: through all batches that fit, or into the first of them for as
 * many as there is room for. Undefined where there is none. Only to be asked while nobody who has room already waits.
 */
export const reachFrom = (
  progress: Progress,
  people: number,
  plannedBatches: number,
): Reach | undefined => {
  let left = roomIn(people, progress);
  let through: number | undefined;
  for (const { seq, waiting } of progress.open) {
    if (waiting > left) break;
    left -= waiting;
    through = seq + 1;
  }
  const last = progress.open.at(-1);
  if (progress.isWhole && (!last || through === last.seq + 1))
    return { through: plannedBatches, room: null };
  if (through !== undefined) return { through, room: null };
  const [first] = progress.open;
  if (!first || left === 0) return undefined;
  return { through: first.seq + 1, room: first.spent + first.called + left };
};

/** The number of a batch in the plan of its campaign. */
export const seqOf = ({ id }: Pick<Batch, "id">): number => Number(id.slice(id.indexOf("/") + 1));

/** For how many more people of a batch there is room. */
export const spareIn = (batch: Batch, allowance: Allowance | null): number => {
  if (!isLimited(allowance)) return Infinity;
  const seq = seqOf(batch);
  if (seq >= allowance.through) return 0;
  if (allowance.room === null || seq < allowance.through - 1) return Infinity;
  const { counts } = tallyOf(batch.recipients);
  const called = batch.calls.reduce((sum, { members }) => sum + members.length, 0);
  return Math.max(0, allowance.room - counts.accepted - counts.unknown - called);
};

/** Whether those of a batch for whom there is no room never get any. */
export const isTrimmed = (batch: Batch, allowance: Allowance): boolean =>
  allowance.choice === "trim" &&
  (allowance.trims || (allowance.room !== null && seqOf(batch) === allowance.through - 1));

/** Whether all for whom there was room in a batch have an end. */
export const isUsedUp = ({ seq, called, spent }: OpenBatch, { through, room }: Reach): boolean =>
  room !== null && seq === through - 1 && called === 0 && spent >= room;
