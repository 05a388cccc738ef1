import type { Batch } from "./batch.ts";
import type { Person } from "./decide.ts";
import type { DeliverDeps } from "./deliver-deps.ts";
import { deliverBatch } from "./deliver-batch.ts";
import { allowAll, createMemory, slotsAt } from "./memory.ts";
import { personFrom, type ProfileFacts } from "./person-from.ts";
import { placeIn } from "./place.ts";
import type { Place } from "./ports.ts";

/** Without templates, so that a seed plays the same whatever the machine does: others' processes keep no order. */
const plainWords = { messages: [{ type: "text", text: "hi" }] };

interface Profile extends ProfileFacts {
  mergedInto: string | null;
  mergedFrom: string[];
  splitting: string[];
  lineAccounts: Person["accounts"][number][];
}

/** A row that was sent to, with what was seen of its person. */
export interface Sent {
  readonly profileId: string;
  readonly lineUserId: string;
  readonly look: number;
  readonly family: readonly string[];
}

/**
 * A campaign in memory whose senders, planner and identity take turns by a seed, one read or write of one document at a
 * time: every interleaving that single-document atomicity allows can come up.
 */
export interface FamilyWorld {
  readonly profiles: Map<string, Profile>;
  readonly batches: Map<string, Batch>;
  readonly sent: Sent[];
  readonly mergesUndone: number;
  run(): Promise<void>;
}

export interface FamilyWorldOptions {
  readonly seed: number;
  readonly people: number;
  readonly undo: boolean;
}

const idOf = (number: number): string => `prof_${String(number).padStart(2, "0")}`;

export const createFamilyWorld = ({ seed, people, undo }: FamilyWorldOptions): FamilyWorld => {
  const random = seeded(seed);
  const below = (count: number): number => Math.floor(random() * count);
  const turns: (() => void)[] = [];
  const turn = (): Promise<void> => new Promise((resolve) => turns.push(resolve));
  const profiles = new Map<string, Profile>();
  for (let number = 0; number < people; number += 1)
    profiles.set(idOf(number), newProfile(idOf(number), random() < 0.8));
  const method = random() < 0.5 ? "push" : "multicast";
  const memory = createMemory(0, method);
  const batches = new Map<string, Batch>();
  const claims = new Map<string, { token: string; until: number }>();
  const word = new Map<string, Set<string>>();
  let familySends = false;
  let nowMs = memory.nowMs;
  let looks = 0;
  const lookOf = new Map<string, { look: number; family: readonly string[] }>();
  const sent: Sent[] = [];
  const settled = new Set<string>();
  let tokens = 0;
  let undone = 0;

  const deps: DeliverDeps = {
    ...memory.deps,
    random,
    now: () => new Date(nowMs),
    newToken: () => `token-${(tokens += 1)}`,
    pause: turn,
    pacer: {
      ...memory.deps.pacer,
      reserve: async (_channel, _method, { calls }) => ({
        slots: slotsAt(nowMs, calls),
        waitMs: 0,
      }),
    },
    renderMessages: async (request) => {
      await turn();
      return memory.deps.renderMessages(request);
    },
    batches: {
      claim: async ({ batchId }, { token, until }) => {
        await turn();
        const batch = batches.get(batchId);
        const claim = claims.get(batchId);
        if (!batch || settled.has(batchId)) return { kind: "obsolete" };
        if (claim && claim.until >= nowMs) return { kind: "busy", until: new Date(claim.until) };
        claims.set(batchId, { token, until: until.getTime() });
        return { kind: "claimed", batch };
      },
      save: async (token, { after, next }) => {
        await turn();
        if (claims.get(after.id)?.token !== token) return false;
        batches.set(after.id, after);
        if (next.kind === "hold") claims.set(after.id, { token, until: next.until.getTime() });
        else claims.delete(after.id);
        if (next.kind === "settle") settled.add(after.id);
        return true;
      },
    },
    campaigns: {
      ...memory.deps.campaigns,
      find: async () => ({ ...memory.campaign, content: plainWords, personal: method === "push" }),
      stateNow: async () => {
        await turn();
        return { state: "sending", run: 1, familySends, allowance: allowAll(1) };
      },
    },
    people: {
      find: async (_, keys) => {
        const known = new Map<string, ProfileFacts>();
        const found: (Person | undefined)[] = [];
        looks += 1;
        const look = looks;
        for (const { profileId = "" } of keys) await read(known, profileId);
        for (const row of Array.from(known.values()))
          for (let into = row.mergedInto; into !== null && !known.has(into);)
            into = (await read(known, into)).mergedInto;
        for (const { profileId = "" } of keys) {
          const person = personFrom(known, profileId);
          found.push(person);
          lookOf.set(profileId, { look, family: person?.family ?? [] });
        }
        return found;
      },
    },
    families: {
      mayHavePlace: async (_, ids) => new Set(ids),
      leaveWord: async (_, sends) => {
        await turn();
        familySends = true;
        for (const { lineUserId, profileId } of sends) {
          await turn();
          word.set(lineUserId, (word.get(lineUserId) ?? new Set()).add(profileId));
        }
        await turn();
        return wordFor(sends.map(({ lineUserId }) => lineUserId));
      },
      wordFor: async (_, lineUserIds) => {
        await turn();
        return wordFor(lineUserIds);
      },
      placesOf: async (_, ids) => {
        const places = new Map<string, Place>();
        for (const id of ids) {
          await turn();
          for (const batch of batches.values()) {
            const place = placeIn(batch, id);
            if (place) places.set(id, { ...place, claimed: claims.has(batch.id) });
          }
        }
        return places;
      },
    },
    sendCall: async (call) => {
      await turn();
      const batch = [...batches.values()].find(({ calls }) =>
        calls.some(({ retryKey }) => retryKey === call.retryKey),
      );
      const frozen = batch?.calls.find(({ retryKey }) => retryKey === call.retryKey);
      for (const [place, index] of (frozen?.members ?? []).entries()) {
        const profileId = batch?.recipients[index]?.profileId ?? "";
        const { to } = JSON.parse(call.body) as { to: string | string[] };
        const seen = lookOf.get(profileId);
        if (seen) sent.push({ profileId, lineUserId: [to].flat()[place] ?? "", ...seen });
      }
      await turn();
      return { kind: "accepted", requestId: "r", sentMessageIds: [] };
    },
  };
  const wordFor = (ids: readonly string[]) =>
    new Map(ids.map((id) => [id, [...(word.get(id) ?? [])]]));
  const read = async (known: Map<string, ProfileFacts>, id: string): Promise<ProfileFacts> => {
    await turn();
    const row = profiles.get(id);
    if (!row) throw new Error("no such profile");
    const copy = { ...row, mergedFrom: [...row.mergedFrom], splitting: [...row.splitting] };
    known.set(id, { ...copy, lineAccounts: [...row.lineAccounts] });
    return copy;
  };

  /** As the planner does: a page of people is read, and becomes a batch a while later. */
  const plan = async (): Promise<void> => {
    const size = 1 + below(3);
    const wanted = [...profiles.keys()].filter(() => random() < 0.8);
    for (let seq = 0; wanted.length > 0; seq += 1) {
      const page = wanted.splice(0, size).filter((id) => profiles.get(id)?.mergedInto === null);
      await turn();
      await turn();
      const id = `camp_1/${String(seq).padStart(6, "0")}`;
      const recipients = page.map((profileId) => ({ profileId }));
      batches.set(id, { ...memory.batch, id, method, recipients });
    }
  };

  const identity = async (): Promise<void> => {
    for (let merges = 0; merges < 3; merges += 1) {
      for (let pause = below(12); pause > 0; pause -= 1) await turn();
      const roots = [...profiles.values()].filter(({ mergedInto }) => mergedInto === null);
      const [one, other] = [roots[below(roots.length)], roots[below(roots.length)]];
      if (!one || !other || one === other) continue;
      const [into, from] = one._id < other._id ? [one, other] : [other, one];
      from.mergedInto = into._id;
      await turn();
      const before = { from: [...into.mergedFrom], accounts: [...into.lineAccounts] };
      into.mergedFrom = [...into.mergedFrom, from._id, ...from.mergedFrom];
      into.lineAccounts = [...into.lineAccounts, ...from.lineAccounts];
      if (!undo || random() < 0.4) continue;
      for (let pause = below(20); pause > 0; pause -= 1) await turn();
      into.mergedFrom = before.from;
      into.lineAccounts = before.accounts;
      into.splitting = ["merge"];
      await turn();
      from.mergedInto = null;
      undone += 1;
      await turn();
      into.splitting = [];
    }
  };

  const { signal } = new AbortController();
  const send = async (isPlanned: () => boolean): Promise<void> => {
    for (let idle = 0; idle < 2_000; idle += 1) {
      await turn();
      const open = [...batches.keys()].filter((id) => !settled.has(id));
      if (open.length === 0 && isPlanned()) return;
      const batchId = open[below(open.length)];
      if (batchId === undefined) continue;
      await deliverBatch(deps, { workspaceId: "ws_main", batchId }, signal);
    }
    throw new Error(`seed ${seed}: the campaign does not end`);
  };

  return {
    profiles,
    batches,
    sent,
    get mergesUndone() {
      return undone;
    },
    run: async () => {
      let planned = false;
      const planner = plan().then(() => (planned = true));
      const senders = Array.from({ length: 3 }, () => send(() => planned));
      const stop = new AbortController();
      const all = Promise.all([planner, identity(), ...senders]).finally(() => stop.abort());
      void all.catch(() => undefined); // noticed below, once nobody takes turns any more
      while (!stop.signal.aborted) {
        await new Promise(setImmediate);
        nowMs += 100;
        turns.splice(below(turns.length), 1)[0]?.();
      }
      await all;
    },
  };
};

const newProfile = (_id: string, hasLine: boolean): Profile => ({
  _id,
  mergedInto: null,
  mergedFrom: [],
  splitting: [],
  suppression: null,
  lineAccounts: hasLine
    ? [
        {
          provider: "acme",
          lineUserId: `U${_id}`,
          displayName: null,
          linkedAt: "2026-11-01T00:00:00Z",
          proof: { kind: "follow" },
          friendship: { chan_1: { state: "following" } },
        },
      ]
    : [],
});

/** Mulberry32. */
const seeded = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};
