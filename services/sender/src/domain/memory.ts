import { createRenderer } from "@yubin/liquid";
import type { WorkspaceRules } from "@yubin/types";

import type { Allowance } from "./allowance.ts";
import { isProgress, type Batch } from "./batch.ts";
import type { Person } from "./decide.ts";
import type { DeliverDeps } from "./deliver-deps.ts";
import type { Answer } from "./line-answer.ts";
import type { Campaign, Channel, ReplyTokenOf, Slot } from "./ports.ts";
import type { ClickLink } from "./track-links.ts";

/** In-memory stand-ins for unit tests of delivering: what the ports promise, without servers. */
export interface Memory {
  readonly deps: DeliverDeps;
  batch: Batch;
  claim: { token: string; until: Date } | null;
  settled: boolean;
  nextAt: Date | null;
  campaign: Campaign;
  /** What their workspace says. */
  rules: WorkspaceRules;
  /** Messages that people had before, by profile. */
  readonly contacts: Map<string, number>;
  /** Which launch or resume has set the campaign going. */
  run: number;
  /** Of its present run; without one everybody may be sent something. */
  allowance?: Allowance;
  channel: Channel;
  people: Map<string, Person>;
  nowMs: number;
  /** How LINE answers what it has not accepted before. */
  answer: (call: { to: string[]; retryKey: string }) => Answer;
  /** What ingress has stored, and what LINE knows of it. */
  replyTokens: MemoryReplyToken[];
  /** Every acceptance LINE ever made, by LINE ID. */
  readonly accepted: Map<string, number>;
  readonly bodies: Map<string, string>;
  calls: number;
  /** Where links of ours lead, by id. */
  readonly clickLinks: Map<string, ClickLink>;
}

const noLead = { ms: () => 0, took: () => undefined };

export interface MemoryReplyToken {
  readonly token: string;
  readonly lineUserId: string;
  readonly receivedAtMs: number;
  claimedBy: string | null;
  /** LINE has taken it. */
  used: boolean;
}

/** One for all tests of a file, as it takes a moment to start; by itself it keeps nobody from ending. */
const renderer = createRenderer();

const memoryPeople = (count: number): Map<string, Person> =>
  new Map(
    Array.from({ length: count }, (_, index) => [
      `prof_${index}`,
      {
        profileId: `prof_${index}`,
        externalId: null,
        traits: {},
        suppressed: false,
        consents: {},
        family: [`prof_${index}`],
        unfinished: false,
        erased: false,
        accounts: [
          {
            provider: "acme",
            lineUserId: `U${index}`,
            displayName: `Name ${index}`,
            linkedAt: "2026-11-01T00:00:00Z",
            proof: { kind: "follow" },
            friendship: { chan_1: { state: "following" } },
          },
        ],
      } satisfies Person,
    ]),
  );

export const createMemory = (count: number, method: Batch["method"] = "push"): Memory => {
  const claimed = (token: string): boolean => memory.claim?.token === token;
  let tokens = 0;
  const memory: Memory = {
    batch: newBatch(count, method),
    claim: null,
    settled: false,
    nextAt: null,
    campaign: newCampaign(method),
    rules: { quietHours: null, cap: null, consentRequired: [], quota: "stop" },
    contacts: new Map(),
    run: 1,
    channel: newChannel(),
    people: memoryPeople(count),
    nowMs: Date.parse("2026-11-25T00:00:00Z"),
    answer: () => ({ kind: "accepted", requestId: "r", sentMessageIds: [] }),
    replyTokens: [],
    accepted: new Map(),
    bodies: new Map(),
    calls: 0,
    clickLinks: new Map(),
    deps: {
      batches: {
        claim: async (_, { token, now, until }) => {
          if (memory.settled) return { kind: "obsolete" };
          if (memory.claim && memory.claim.until >= now)
            return { kind: "busy", until: memory.claim.until };
          if (memory.claim) memory.batch = { ...memory.batch, crashes: memory.batch.crashes + 1 };
          memory.batch = { ...memory.batch, announced: [] };
          memory.claim = { token, until };
          return { kind: "claimed", batch: memory.batch };
        },
        save: async (token, { before, after, next }) => {
          if (!claimed(token)) return false;
          memory.batch = {
            ...after,
            crashes: isProgress(before, after) ? 0 : memory.batch.crashes,
          };
          memory.claim = next.kind === "hold" ? { token, until: next.until } : null;
          memory.settled = next.kind === "settle";
          memory.nextAt = next.kind === "release" ? next.nextAt : null;
          return true;
        },
      },
      campaigns: {
        find: async () => memory.campaign,
        stateNow: async () => ({
          state: memory.campaign.state,
          run: memory.run,
          familySends: false,
          allowance: memory.allowance ?? allowAll(memory.run),
        }),
        isProven: async () => memory.campaign.proven,
        prove: async () => {
          memory.campaign = { ...memory.campaign, proven: true };
        },
        attempted: async () => [],
        pause: async (_, run) => {
          if (run !== memory.run) return false;
          memory.campaign = { ...memory.campaign, state: "paused" };
          return true;
        },
      },
      channels: {
        find: async () => memory.channel,
        stop: async ({ version }) => {
          if (version !== memory.channel.version) return false;
          memory.channel = { ...memory.channel, state: "stopped", version: version + 1 };
          return true;
        },
      },
      people: {
        find: async (_, keys) => keys.map(({ profileId }) => memory.people.get(profileId ?? "")),
      },
      families: {
        mayHavePlace: async (_, ids) => new Set(ids),
        leaveWord: async () => new Map(),
        wordFor: async () => new Map(),
        placesOf: async () => new Map(),
      },
      contacts: { countSince: async () => memory.contacts },
      rulesOf: async () => memory.rules,
      pacer: {
        reserve: async (_channel, _method, { calls }) => ({
          slots: slotsAt(memory.nowMs, Math.min(calls, 40)),
          waitMs: 0,
        }),
        release: async () => undefined,
        throttle: async () => ({ waitMs: 0, giveBack: async () => undefined }),
        came: () => undefined,
        answered: async () => undefined,
      },
      clickUrl: (linkId, place) =>
        `https://yubin.example/c/${[linkId, ...(place ? [place.batch, place.index] : [])].join(".")}`,
      keepClickLinks: async (links) => {
        for (const link of links) memory.clickLinks.set(link.id, link);
      },
      isOurs: () => false,
      tokens: { tokenOf: async () => "token", refused: () => false },
      replyTokens: {
        has: async (of, now) => claimable(memory, of, now) !== undefined,
        claim: async (of, now) => {
          const taken = claimable(memory, of, now);
          if (!taken) return undefined;
          const { batchId } = of;
          taken.claimedBy = batchId;
          return { token: taken.token, until: new Date(taken.receivedAtMs + 90_000) };
        },
      },
      sendCall: async ({ method: by, body, retryKey }, mayStart) => {
        if (mayStart?.() === false) return { kind: "not_made" };
        memory.calls += 1;
        return by === "reply" ? replyAsLine(memory, body) : answerAsLine(memory, body, retryKey);
      },
      now: () => new Date(memory.nowMs),
      random: () => 1,
      newToken: () => `token-${(tokens += 1)}`,
      pause: async (ms) => {
        memory.nowMs += ms;
      },
      untilSlot: async () => undefined,
      leads: { bulk: noLead, single: noLead },
      patience: () => new Promise(() => undefined),
      renderMessages: renderer.renderMessages,
      retryKeyUsableMs: 23 * 3_600_000,
    },
  };
  return memory;
};

/** As if a second had room for all of them. */
export const slotsAt = (at: number, calls: number): Slot[] =>
  Array.from({ length: calls }, () => ({ at, graceMs: 3, tick: 0 }));

/** LINE's rules: a key that was accepted is accepted for ever, and must come with the same body. */
const answerAsLine = (memory: Memory, body: string, retryKey: string): Answer => {
  const known = memory.bodies.get(retryKey);
  if (known !== undefined && known !== body) throw new Error("the same key with another body");
  if (known !== undefined) return { kind: "accepted", requestId: "r", sentMessageIds: [] };
  const { to } = JSON.parse(body) as { to: string | string[] };
  const answer = memory.answer({ to: [to].flat(), retryKey });
  if (answer.kind !== "accepted") return answer;
  accept(memory, body, retryKey);
  return answer;
};

const claimable = (
  { replyTokens }: Memory,
  { lineUserId, batchId }: ReplyTokenOf,
  now: Date,
): MemoryReplyToken | undefined => {
  const live = replyTokens.filter(
    (one) => one.lineUserId === lineUserId && now.getTime() - one.receivedAtMs < usableMs,
  );
  return (
    live.find(({ claimedBy }) => claimedBy === batchId) ??
    live.findLast(({ claimedBy }) => claimedBy === null)
  );
};

const usableMs = 45_000;
const tokenLifeMs = 60_000;

/** A token once and within its minute. What is wrong with the message is said first. */
const replyAsLine = (memory: Memory, body: string): Answer => {
  const { replyToken } = JSON.parse(body) as { replyToken: string };
  const held = memory.replyTokens.find(({ token }) => token === replyToken);
  const answer = memory.answer({ to: [held?.lineUserId ?? ""], retryKey: "" });
  if (answer.kind !== "accepted") return answer;
  if (!held || held.used || memory.nowMs - held.receivedAtMs > tokenLifeMs)
    return { kind: "refused", status: 400, requestId: null, message: "Invalid reply token" };
  held.used = true;
  memory.accepted.set(held.lineUserId, (memory.accepted.get(held.lineUserId) ?? 0) + 1);
  return answer;
};

export const accept = (memory: Memory, body: string, retryKey: string): void => {
  memory.bodies.set(retryKey, body);
  const { to } = JSON.parse(body) as { to: string | string[] };
  for (const id of [to].flat()) memory.accepted.set(id, (memory.accepted.get(id) ?? 0) + 1);
};

export const allowAll = (run: number): Allowance => ({
  run,
  choice: "stop",
  people: null,
  needed: null,
  left: null,
  at: new Date(0),
  through: 0,
  room: null,
  trims: false,
});

const newBatch = (count: number, method: Batch["method"]): Batch => ({
  id: "camp_1/000000",
  workspaceId: "ws_main",
  channelId: "chan_1",
  campaignId: "camp_1",
  method,
  recipients: Array.from({ length: count }, (_, index) => ({ profileId: `prof_${index}` })),
  calls: [],
  content: null,
  asked: null,
  sendAt: null,
  rests: [],
  announced: [],
  generation: 0,
  crashes: 0,
});

const newCampaign = (method: Batch["method"]): Campaign => ({
  id: "camp_1",
  workspaceId: "ws_main",
  channelId: "chan_1",
  name: "Spring",
  state: "sending",
  stateReason: null,
  run: 1,
  content: {
    messages: [{ type: "text", text: method === "push" ? "hi {{ profile.displayName }}" : "hi" }],
  },
  personal: method === "push",
  audience: { type: "friends" },
  list: null,
  exclude: null,
  asked: { purpose: null, sendBefore: null },
  startsAt: null,
  proven: true,
  throttle: null,
  quota: null,
  quotaWaived: false,
  allowance: allowAll(1),
  launchedAt: new Date("2026-11-25T00:00:00Z"),
  fedBatches: 1,
  plannedBatches: 1,
});

const newChannel = (): Channel => ({
  id: "chan_1",
  workspaceId: "ws_main",
  provider: "acme",
  name: "Shop",
  state: "connected",
  version: 1,
  limits: { push: 2_000, multicast: 200 },
});
