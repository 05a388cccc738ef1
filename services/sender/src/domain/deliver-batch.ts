import { endCalls } from "./apply-answer.ts";
import { endAll, isSettled, waitingIn, type Batch, type End } from "./batch.ts";
import { deliverSlice, type HeldPerson, type SliceResult } from "./deliver-slice.ts";
import type { FreezeDeps } from "./freeze-people.ts";
import { ClaimLostError, createHold, type Hold } from "./hold.ts";
import { nextSlice } from "./next-slice.ts";
import type {
  BatchRef,
  Campaigns,
  Channels,
  ClaimedBatches,
  Contacts,
  Families,
  Pacer,
  People,
  RulesOf,
  SendCall,
  Tokens,
} from "./ports.ts";

export interface DeliverDeps extends FreezeDeps {
  readonly batches: ClaimedBatches;
  readonly campaigns: Campaigns;
  readonly channels: Channels;
  readonly people: People;
  readonly families: Families;
  readonly contacts: Contacts;
  readonly rulesOf: RulesOf;
  readonly pacer: Pacer;
  readonly tokens: Tokens;
  readonly sendCall: SendCall;
  readonly now: () => Date;
  readonly random: () => number;
  readonly newToken: () => string;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** LINE forgets a retry key after 24 h; from this age on nothing is repeated. */
  readonly retryKeyUsableMs: number;
  /** For crash tests: called around every effect. */
  readonly step?: (name: string) => void | Promise<void>;
}

/** What became of the work on one batch. */
export type Delivered =
  | { readonly kind: "settled"; readonly batch: Batch }
  | { readonly kind: "poisoned"; readonly batch: Batch }
  | { readonly kind: "obsolete" }
  | { readonly kind: "foreign" }
  /** Waits for a campaign or a channel, which hands it on again. */
  | { readonly kind: "parked" }
  /** Of a campaign: nothing of it can go for longer than a moment, so that others take its place. The sweeper wakes it. */
  | { readonly kind: "asleep"; readonly batch: Batch }
  /** The claim went to another process, which goes on. */
  | { readonly kind: "lost" }
  | { readonly kind: "again"; readonly afterMs: number; readonly why: "busy" | "later" | "more" };

/** A batch that killed this many processes in a row is not tried again. */
const crashesMax = 8;
/** One job does not work for longer; the rest of the batch is another job. */
const workMaxMs = 30_000;

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
  for (;;) {
    const now = deps.now();
    hold.replace(expireCalls(hold.batch, now, deps.retryKeyUsableMs));
    await deps.step?.("record");
    if (isSettled(hold.batch)) {
      await hold.settle();
      await deps.step?.("recorded");
      return { kind: "settled", batch: hold.batch };
    }
    await hold.change(hold.batch);
    if (signal.aborted || now.getTime() - startedAt > workMaxMs) return moreLater(deps, hold);
    const slice = nextSlice(hold.batch, now, new Map([...held.until, ...restsIn(hold.batch)]));
    if (slice.kind === "later") return later(deps, hold, slice.at);

    const result = await deliverSlice(deps, hold, { slice, signal });
    if (result.kind === "done") held.add(result.held);
    const end = await afterSlice(deps, hold, result);
    if (end) return end;
  }
};

/** Who is looked at again when; whoever takes the batch over looks at once. */
const createHeld = ({ now, random }: DeliverDeps) => {
  const until = new Map<number, Date>();
  /** By chance, so that two batches that wait for each other do not meet again. */
  const soon = (): Date => new Date(now().getTime() + Math.round(heldMs * (0.5 + random())));
  return {
    until,
    add: (people: readonly HeldPerson[]): void => {
      for (const one of people) until.set(one.index, one.until ?? soon());
    },
  };
};

const heldMs = 1_000;

/** Whom LINE wants to be left alone for a while, whoever takes the batch over. */
const restsIn = (batch: Batch): [number, Date][] =>
  batch.rests.flatMap(({ index, until }): [number, Date][] =>
    index === null ? waitingIn(batch).map((one) => [one, until]) : [[index, until]],
  );

const afterSlice = async (
  deps: DeliverDeps,
  hold: Hold,
  result: SliceResult,
): Promise<Delivered | undefined> => {
  switch (result.kind) {
    case "done":
    case "waited":
      return undefined;
    case "cancelled":
      hold.replace(cancelRest(hold.batch, deps.now()));
      return undefined;
    case "expired":
      hold.replace(endOpenCalls(hold.batch, deps.now(), "expired"));
      return undefined;
    case "channel_gone":
      hold.replace(endRest(hold.batch, deps.now(), { outcome: "skipped", reason: "channel_gone" }));
      return undefined;
    case "parked":
      await hold.release(null);
      return { kind: "parked" };
    case "later":
      return later(deps, hold, new Date(deps.now().getTime() + result.afterMs));
    default:
      throw new Error(`no such result: ${String(result satisfies never)}`);
  }
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

const cancelRest = (batch: Batch, now: Date): Batch =>
  endRest(batch, now, { outcome: "cancelled", reason: "campaign_cancelled" });

/** Whoever was not tried ends like this; of whoever was, nobody can know, as nothing is asked any more. */
const endRest = (batch: Batch, now: Date, end: Pick<End, "outcome" | "reason">): Batch => {
  const rest = endAll(batch, waitingIn(batch), { ...end, settledAt: now });
  return endOpenCalls(rest, now, end.reason);
};

const endOpenCalls = (batch: Batch, now: Date, reason: End["reason"]): Batch => {
  const end: End = {
    outcome: "unknown",
    settledAt: now,
    ...(reason === undefined ? {} : { reason }),
  };
  return endCalls(
    batch,
    batch.calls.map((call) => [call, end]),
  );
};

/** LINE may have forgotten these keys, so that the same call could reach people a second time. */
const expireCalls = (batch: Batch, now: Date, usableMs: number): Batch => {
  const old = batch.calls.filter(
    ({ firstAttemptAt }) => now.getTime() - firstAttemptAt.getTime() > usableMs,
  );
  const end: End = { outcome: "unknown", reason: "retry_key_expired", settledAt: now };
  return endCalls(
    batch,
    old.map((call) => [call, end]),
  );
};
