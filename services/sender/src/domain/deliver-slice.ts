import { isExpired } from "@yubin/types";
import { applyAnswers } from "./apply-answer.ts";
import { settle, withProfile, type Batch, type Call } from "./batch.ts";
import { askPermission, type Permitted } from "./ask-permission.ts";
import { beginCalls } from "./begin-calls.ts";
import { checkGate, type Gate } from "./check-gate.ts";
import { decideAll } from "./decide-all.ts";
import type { DeliverDeps } from "./deliver-deps.ts";
import { findPeople, type FoundPerson } from "./find-people.ts";
import { canReply, claimReply } from "./free-reply.ts";
import { freezePeople, type Frozen, type HeldPerson } from "./freeze-people.ts";
import type { Flights } from "./flights.ts";
import type { Hold } from "./hold.ts";
import { announce, judgeCaps } from "./judge-caps.ts";
import { judgeFamilies } from "./judge-families.ts";
import type { Lead } from "./lead.ts";
import { lookAgain } from "./look-again.ts";
import { roomIn, type Slice } from "./next-slice.ts";
import type { Channel } from "./ports.ts";
import { roomlessNow, withinRoom, type NoRoom } from "./within-room.ts";

export type SliceResult =
  /** Calls are under way, and some people may have to be looked at again. */
  | { readonly kind: "begun"; readonly held: readonly HeldPerson[] }
  /** No call was allowed yet. */
  | { readonly kind: "waited" }
  | Closed;

/** Nothing of the batch goes now. */
export type Closed =
  | { readonly kind: "cancelled" }
  /** Nothing is tried any more, not even what may have been accepted. */
  | { readonly kind: "expired" }
  | { readonly kind: "channel_gone" }
  | { readonly kind: "parked" }
  | NoRoom
  | { readonly kind: "later"; readonly afterMs: number };

/** Who waits for longer makes room for others, whose channels or campaigns may be faster. */
export const waitMaxMs = 1_000;
/** A message on its own waits this long for a channel. */
const channelWaitMs = 30_000;

/**
 * One step: permission to call first, then what is true now about campaign, channel and people, then the calls. In
 * this order nothing is decided long before it is done.
 */
export const deliverSlice = async (
  deps: DeliverDeps,
  hold: Hold,
  {
    slice,
    flights,
    signal,
  }: {
    readonly slice: Exclude<Slice, { kind: "later" }>;
    readonly flights: Flights;
    readonly signal: AbortSignal;
  },
): Promise<SliceResult> => {
  const { batch } = hold;
  const channel = await deps.channels.find(batch.workspaceId, batch.channelId);
  if (!channel) return { kind: "channel_gone" };
  const roomless = slice.kind === "people" ? await roomlessNow(deps, batch) : undefined;
  if (roomless) return roomless;

  const lead = deps.leads[batch.campaignId === null ? "single" : "bulk"];
  const asReply = slice.kind === "people" && (await canReply(deps, batch, channel));
  const asked = { slice, channel, asReply, leadMs: lead.ms() };
  const permitted = await askPermission(deps, batch, asked);
  if (permitted.kind === "wait") {
    if (permitted.ms > waitMaxMs) return { kind: "later", afterMs: permitted.ms };
    await hold.renew();
    await deps.pause(permitted.ms, signal);
    const gate = await checkGate(deps, batch, channel);
    return gate.kind === "open" ? { kind: "waited" } : closed(batch, gate.kind);
  }

  let isBegun = false;
  try {
    const result = await beginSlice(deps, hold, {
      permitted,
      channel,
      asReply,
      lead,
      flights,
      signal,
    });
    isBegun = result.kind === "begun";
    return result;
  } finally {
    if (!isBegun) await unpermit(deps, channel, permitted);
  }
};

/** Others may have what was not used of it. */
const unpermit = async (
  { pacer }: DeliverDeps,
  channel: Channel,
  permitted: Permitted,
): Promise<void> => {
  await pacer.release(channel, permitted.method, permitted.slots);
  if (permitted.kind === "people") await permitted.giveBack(permitted.indexes.length);
};

interface Begin {
  readonly permitted: Permitted;
  readonly channel: Channel;
  readonly asReply: boolean;
  readonly lead: Lead;
  readonly flights: Flights;
  readonly signal: AbortSignal;
}

/** What is true as late as it can be looked at, and the calls that follow from it, each in a slot. */
const beginSlice = async (
  deps: DeliverDeps,
  hold: Hold,
  { permitted, channel, asReply, lead, flights, signal }: Begin,
): Promise<SliceResult> => {
  const { batch } = hold;
  const { method, slots } = permitted;
  const earlyMs = (slots[0]?.at ?? 0) - deps.now().getTime() - lead.ms();
  if (earlyMs >= 1 && permitted.kind === "people") await deps.pause(earlyMs, signal);

  // An attempt begins with the look, so that whatever was committed before it is seen.
  const lookedAt = deps.now();
  const [gate, people] = await Promise.all([
    checkGate(deps, batch, channel),
    permitted.kind === "people" ? findPeople(deps, batch, permitted.indexes) : undefined,
  ]);
  if (gate.kind !== "open") return closed(batch, gate.kind);
  const token = await deps.tokens.tokenOf(channel);
  const begin = (calls: readonly Call[], first: boolean): void =>
    beginCalls(deps, hold, { calls, method, slots, flights, token, channel, run: gate.run, first });

  if (permitted.kind === "calls") {
    if (isExpired(gate.rules, lookedAt)) return { kind: "expired" };
    begin(permitted.calls, false);
    return { kind: "begun", held: [] };
  }
  const made = await makeCalls(deps, hold, {
    people: people ?? [],
    gate,
    channel,
    asReply,
    lookedAt,
  });
  if (made.kind !== "made") return made;
  const { calls, held } = made;
  const tookMs = deps.now().getTime() - lookedAt.getTime();
  lead.took(tookMs);
  const now = tookMs > lookMaxMs ? await checkGate(deps, batch, channel) : gate;
  if (now.kind !== "open") {
    await takeBack(deps, hold, calls);
    return closed(batch, now.kind);
  }
  begin(calls, true);
  await permitted.giveBack(permitted.indexes.length - peopleIn(calls));
  return { kind: "begun", held };
};

/** After a store that was slow for so long it is asked once more whether anything is to be sent at all. */
const lookMaxMs = 500;

interface Looked extends Pick<Begin, "channel" | "asReply"> {
  readonly people: readonly FoundPerson[];
  readonly gate: Extract<Gate, { kind: "open" }>;
  readonly lookedAt: Date;
}

type Made =
  | {
      readonly kind: "made";
      readonly calls: readonly Call[];
      readonly held: readonly HeldPerson[];
    }
  | Exclude<SliceResult, { kind: "begun" }>;

/** Frozen calls to those who may be sent to now. LINE has been asked for none of them yet. */
const makeCalls = async (
  deps: DeliverDeps,
  hold: Hold,
  { people, gate, channel, asReply, lookedAt }: Looked,
): Promise<Made> => {
  const { batch } = hold;
  const alone = decideAll(batch, people, channel, { rules: gate.rules, now: lookedAt });
  const capped = await judgeCaps(deps, batch, { decided: alone, gate, now: lookedAt });
  const judged = await judgeFamilies(deps, batch, { decided: capped, gate });
  const roomy = withinRoom(batch, judged, gate.allowance);
  const met = await announce(deps, hold, { decided: roomy, gate, now: lookedAt });
  const decided = roomy.filter(({ index }) => !met.has(index));
  const rendered = await freezePeople(deps, batch, { decided, gate, channel, now: lookedAt });
  const looked = await lookAgain(deps, batch, { frozen: rendered, decided, channel, lookedAt });
  if ("kind" in looked) return closed(batch, looked.kind);
  const frozen = asReply ? await claimReply(deps, batch, looked) : looked;
  if (!frozen) return { kind: "waited" };

  const calls = await freeze(deps, hold, { frozen, person: people[0]?.person });
  return {
    kind: "made",
    calls,
    held: [...frozen.held, ...[...met].map((index) => ({ index }))],
  };
};

/** Nobody has asked LINE for these yet. */
const takeBack = async (
  { now, random }: DeliverDeps,
  hold: Hold,
  calls: readonly Call[],
): Promise<void> => {
  if (calls.length === 0) return;
  const answer = { kind: "not_made" } as const;
  const answers = calls.map((call) => ({ call, answer, first: true }));
  hold.replace(applyAnswers(hold.batch, answers, { now: now(), random }));
  await hold.change(hold.batch);
};

const peopleIn = (calls: readonly Call[]): number =>
  calls.reduce((sum, { members }) => sum + members.length, 0);

export const closed = (batch: Batch, kind: "cancelled" | "paused" | "channel_stopped"): Closed => {
  if (kind === "cancelled") return { kind };
  return batch.campaignId === null ? { kind: "later", afterMs: channelWaitMs } : { kind: "parked" };
};

/** Nothing is sent before this write is acknowledged. */
const freeze = async (
  deps: DeliverDeps,
  hold: Hold,
  {
    frozen,
    person,
  }: {
    readonly frozen: Frozen;
    readonly person: FoundPerson["person"];
  },
): Promise<readonly Call[]> => {
  const next = settle(withProfile(unannounced(hold.batch), person), frozen.ends);
  const calls = firstIn(roomIn(next), frozen.calls);
  await deps.step?.("freeze");
  if (calls.length > 0) await hold.change({ ...next, calls: [...next.calls, ...calls] });
  else hold.replace(next);
  await deps.step?.("frozen");
  return calls;
};

/** Its calls tell who is sent to from now on. */
const unannounced = (batch: Batch): Batch =>
  batch.announced.length === 0 ? batch : { ...batch, announced: [] };

/** As many as there is room for, at least one; the others' people wait for the next step. */
const firstIn = (room: number, calls: readonly Call[]): readonly Call[] => {
  let left = room;
  const beyond = calls.findIndex(({ body }, place) => {
    left -= Buffer.byteLength(body);
    return place > 0 && left < 0;
  });
  return beyond === -1 ? calls : calls.slice(0, beyond);
};
