import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";

import { createSealer } from "@yubin/kit";
import type { LineAccount } from "@yubin/line";
import { limits } from "@yubin/types";

import type { Counts } from "./counts.ts";
import { createTracking } from "./create-tracking.ts";
import type { WorkDeps } from "./create-work.ts";
import type { DeliverDeps } from "./domain/deliver-deps.ts";
import { createLead } from "./domain/lead.ts";
import type { Campaigns } from "./domain/ports.ts";
import { createLineTokens } from "./line-tokens.ts";
import { createClaimedBatches } from "./store/batches.ts";
import type { createChannels } from "./store/channels.ts";
import { createContacts } from "./store/contacts.ts";
import { createFamilies } from "./store/families.ts";
import { createPeople } from "./store/people.ts";
import { createReplyTokens } from "./store/reply-tokens.ts";
import { createWorkspaceRules } from "./store/workspace-rules.ts";

/** What delivering a batch needs, from the store, LINE and the clock. */
export const createDeliverDeps = (
  { store, config, line, renderer, pacer, waited, step }: WorkDeps,
  {
    account,
    campaigns,
    channels,
    counts,
    now,
  }: {
    account: LineAccount;
    campaigns: Campaigns;
    channels: ReturnType<typeof createChannels>;
    counts: Counts;
    now: () => Date;
  },
): DeliverDeps => ({
  batches: createClaimedBatches(store),
  campaigns,
  channels,
  people: createPeople(store),
  families: createFamilies(store),
  contacts: createContacts(store),
  rulesOf: createWorkspaceRules(store),
  pacer,
  replyTokens: createReplyTokens(store),
  tokens: createLineTokens({
    findRow: channels.findRow,
    line: account,
    sealer: createSealer(config.secretKeys),
    now,
  }),
  sendCall: async ({ method, retryKey, ...of }, mayStart) => {
    const startedAt = performance.now();
    const call = { ...of, ...(mayStart && { mayStart }) };
    const answer =
      method === "reply" ? await line.reply(call) : await line[method]({ ...call, retryKey });
    if (answer.kind === "not_made") return answer;
    const durationMs = performance.now() - startedAt;
    counts.called(method, answer.kind, durationMs);
    waited("line", durationMs);
    return answer;
  },
  renderMessages: renderer.renderMessages,
  ...createTracking(store, config),
  now,
  random: Math.random,
  newToken: randomUUID,
  pause: async (ms, signal) => {
    counts.waited(ms);
    await wait(ms, undefined, { signal }).catch(() => undefined); // an end is noticed by whoever waits
  },
  untilSlot: (ms) => wait(ms),
  leads: { bulk: createLead(50), single: createLead(20) },
  patience: (signal) => wait(slowCallMs, undefined, { signal }).catch(() => undefined), // all are back
  retryKeyUsableMs: limits.retryKeyUsableMs,
  ...(step ? { step } : {}),
});

/** Nearly all calls are answered sooner; those that are not are waited for beside the next ones. */
const slowCallMs = 500;
