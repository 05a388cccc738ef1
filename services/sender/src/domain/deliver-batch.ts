import { applyAnswers } from "./apply-answer.ts";
import { isSettled, waitingIn, type Batch } from "./batch.ts";
import { deliverSlice, waitMaxMs, type Closed } from "./deliver-slice.ts";
import type { HeldPerson } from "./freeze-people.ts";
import { cancelRest, endOpenCalls, endRest, expireCalls } from "./end-rest.ts";
import type { DeliverDeps } from "./deliver-deps.ts";
import { createFlights, type Flights } from "./flights.ts";
import { expireReplies } from "./free-reply.ts";
import { ClaimLostError, createHold, type Hold } from "./hold.ts";
import { nextSlice } from "./next-slice.ts";
import { record, type Recorded } from "./record-answers.ts";
import type { BatchRef } from "./ports.ts";

/** What became of the work on one batch. */
export type Delivered =
  | { readonly kind: "settled"; readonly batch: Batch }
  | { readonly kind: "poisoned"; readonly batch: Batch }
  | { readonly kind: "obsolete" }
  | { readonly kind: "foreign" }
  /** Waits for a campaign or a channel, which hands it on again. */
  | { readonly kind: "parked" }
  /** Of a campaign: the month has no room for those who wait, and all others have an end. */
  | { readonly kind: "full"; readonly batch: Batch }
  /** Of a campaign: nothing of it can go for longer than a moment, so that others take its place. The sweeper wakes it. */
  | { readonly kind: "asleep"; readonly batch: Batch }
  /** The claim went to another process, which goes on. */
  | { readonly kind: "lost" }
  | { readonly kind: "again"; readonly afterMs: number; readonly why: "busy" | "later" | "more" };

/** A batch that killed this many processes in a row is not tried again. */
const crashesMax = 8;
/** One job does not work for longer; the rest of the batch is another job, behind those of others. */
const workMaxMs = 5_000;

/**
 * Delivers what is left of a batch, as far as it can go now. Safe to repeat, to race and to kill at any moment: what is
 * asked of LINE was written down before, and is only ever repeated with the same bytes under the same key.
 */
export const deliverBatch = async (
  deps: DeliverDeps,
  ref: BatchRef,
  signal: AbortSignal,
): Promise<Delivered> => {
  const claimed = await createHold(deps, ref);
  if (claimed.kind === "busy") {
    const afterMs = Math.max(500, claimed.until.getTime() - deps.now().getTime());
    return { kind: "again", afterMs: Math.min(afterMs, busyWaitMaxMs), why: "busy" };
  }
  if (claimed.kind !== "claimed") return { kind: claimed.kind };

  const { hold } = claimed;
  try {
    return await work(deps, hold, signal);
  } catch (error) {
    if (error instanceof ClaimLostError) return { kind: "lost" };
    await hold.letGo();
    throw error;
  }
};

const busyWaitMaxMs = 3_000;

const work = async (deps: DeliverDeps, hold: Hold, signal: AbortSignal): Promise<Delivered> => {
  const startedAt = deps.now().getTime();
  if (hold.batch.crashes >= crashesMax) return giveUp(deps, hold);
  const { sendAt } = hold.batch;
  if (sendAt !== null && sendAt.getTime() > startedAt) return later(deps, hold, sendAt);

  const held = createHeld(deps);
  const flights = createFlights();
  let isTold = false;
  let begunAt = startedAt;
  for (;;) {
    const now = deps.now();
    const flown = { now, flying: flights.paths };
    hold.replace(expireReplies(expireCalls(hold.batch, { ...deps, ...flown }), flown));
    await deps.step?.("record");
    if (isSettled(hold.batch)) {
      await hold.settle();
      await deps.step?.("recorded");
      return { kind: "settled", batch: hold.batch };
    }
    await hold.change(hold.batch);
    if (!isTold && waitingIn(hold.batch).length === 0) {
      deps.onTried?.(hold.batch);
      isTold = true;
    }
    const waits = { held: new Map([...held.until, ...restsIn(hold.batch)]), flying: flights.paths };
    const slice = nextSlice(hold.batch, now, waits);
    const isLong = signal.aborted || now.getTime() - startedAt > workMaxMs;
    if ((isLong || slice.kind === "later") && flights.paths.size === 0)
      return slice.kind === "later" && !isLong
        ? later(deps, hold, slice.at)
        : moreLater(deps, hold);

    const goes = isLong || slice.kind === "later" ? undefined : slice;
    const result = goes && (await deliverSlice(deps, hold, { slice: goes, flights, signal }));
    if (result?.kind === "waited" && now.getTime() - begunAt <= waitMaxMs) continue;
    if (result?.kind === "begun") {
      held.add(result.held);
      begunAt = deps.now().getTime();
    }
    const recorded =
      !result || result.kind === "begun" ? await land(deps, hold, flights) : stuckOr(deps, result);
    if (recorded.kind === "recorded") continue;
    const end = await close(deps, hold, { closed: recorded, flights });
    if (end) return end;
  }
};

const land = async (deps: DeliverDeps, hold: Hold, flights: Flights): Promise<Recorded> => {
  const landed = await flights.land(deps.patience);
  await deps.step?.("sent");
  const recorded = await record(deps, hold, landed);
  await hold.renew();
  return recorded;
};

/** Where others were faster for a whole second, room is made for those who wait for another channel. */
const stuckOr = ({ random }: DeliverDeps, result: Closed | { readonly kind: "waited" }): Closed =>
  result.kind === "waited"
    ? { kind: "later", afterMs: Math.round(waitMaxMs * (0.5 + random())) }
    : result;

/** Who is looked at again when; whoever takes the batch over looks at once. */
const createHeld = ({ now, random }: DeliverDeps) => {
  const until = new Map<number, Date>();
  return {
    until,
    /**
     * By chance, so that two batches that wait for each other do not meet again; one time for all, as of a hundred the
     * earliest is always the same, and as each would get a slice of their own.
     */
    add: (people: readonly HeldPerson[]): void => {
      const soon = new Date(now().getTime() + Math.round(heldMs * (0.5 + random())));
      for (const one of people) until.set(one.index, one.until ?? soon);
    },
  };
};

const heldMs = 1_000;

/** Whom LINE wants to be left alone for a while, whoever takes the batch over. */
const restsIn = (batch: Batch): [number, Date][] =>
  batch.rests.flatMap(({ index, until }): [number, Date][] =>
    index === null ? waitingIn(batch).map((one) => [one, until]) : [[index, until]],
  );

/** Nothing more is begun; what is under way is waited for, since an answer is worth more than none. */
const close = async (
  deps: DeliverDeps,
  hold: Hold,
  { closed, flights }: { readonly closed: Closed; readonly flights: Flights },
): Promise<Delivered | undefined> => {
  const landed = await flights.landAll();
  hold.replace(applyAnswers(hold.batch, landed, { now: deps.now(), random: deps.random }));
  switch (closed.kind) {
    case "cancelled":
      hold.replace(cancelRest(hold.batch, deps.now()));
      return undefined;
    case "expired":
      hold.replace(endOpenCalls(hold.batch, deps.now(), "expired"));
      return undefined;
    case "channel_gone":
      hold.replace(endRest(hold.batch, deps.now(), { outcome: "skipped", reason: "channel_gone" }));
      return undefined;
    case "no_room":
      // Who was under way may have left room.
      return landed.length > 0 ? undefined : noRoom(deps, hold, closed.trims);
    case "parked":
      await hold.release(null);
      return { kind: "parked" };
    case "later":
      return later(deps, hold, new Date(deps.now().getTime() + closed.afterMs));
    default:
      throw new Error(`no such result: ${String(closed satisfies never)}`);
  }
};

/** Calls that are open are asked about all the same; until LINE has told, nobody is left out for them. */
const noRoom = async (
  deps: DeliverDeps,
  hold: Hold,
  trims: boolean,
): Promise<Delivered | undefined> => {
  const { calls } = hold.batch;
  if (calls.length > 0)
    return later(deps, hold, new Date(Math.min(...calls.map(({ nextAt }) => nextAt.getTime()))));
  if (trims) {
    const end = { outcome: "skipped", reason: "quota_trimmed" } as const;
    hold.replace(endRest(hold.batch, deps.now(), end));
    return undefined;
  }
  await hold.release(null);
  return { kind: "full", batch: hold.batch };
};

const later = async (deps: DeliverDeps, hold: Hold, at: Date): Promise<Delivered> => {
  await hold.release(at);
  const afterMs = Math.max(0, at.getTime() - deps.now().getTime());
  if (afterMs > awakeMaxMs && hold.batch.campaignId !== null)
    return { kind: "asleep", batch: hold.batch };
  return { kind: "again", afterMs: Math.min(afterMs, laterMaxMs), why: "later" };
};

const laterMaxMs = 3_600_000;
/** Open calls are repeated after five minutes at most; people wait for the morning. */
export const awakeMaxMs = 360_000;

const moreLater = async (deps: DeliverDeps, hold: Hold): Promise<Delivered> => {
  await hold.release(deps.now());
  return { kind: "again", afterMs: 0, why: "more" };
};

const giveUp = async (deps: DeliverDeps, hold: Hold): Promise<Delivered> => {
  hold.replace(endRest(hold.batch, deps.now(), { outcome: "skipped", reason: "poison" }));
  await hold.settle();
  return { kind: "poisoned", batch: hold.batch };
};
