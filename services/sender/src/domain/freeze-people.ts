import { renderMessages } from "@yubin/liquid";
import { withLineId, type LineMessage } from "@yubin/types";

import type { Batch, Call, End } from "./batch.ts";
import type { Gate } from "./check-gate.ts";
import type { Person } from "./decide.ts";
import type { Decided } from "./decide-all.ts";
import { freezeCalls, type Sendable } from "./freeze-calls.ts";
import type { Channel } from "./ports.ts";

export interface Frozen {
  readonly calls: readonly Call[];
  /** Of the people who are not sent anything. */
  readonly ends: ReadonlyMap<number, End>;
  /** Of the people who are looked at again in a moment. */
  readonly held: readonly number[];
}

interface Circumstances {
  readonly gate: Extract<Gate, { kind: "open" }>;
  readonly channel: Channel;
  readonly now: Date;
}

/** Renders the words of those who are sent something and makes the calls; the others end, or wait. */
export const freezePeople = (
  batch: Batch,
  decided: readonly Decided[],
  circumstances: Circumstances,
): Frozen => {
  const { gate, now } = circumstances;
  const ends = new Map<number, End>();
  const held: number[] = [];
  const sendables: Sendable[] = [];
  const skip = (index: number, reason: string): void => {
    ends.set(index, { outcome: "skipped", reason, settledAt: now });
  };

  for (const { index, person, decision } of decided) {
    if (decision.kind === "hold") held.push(index);
    else if (decision.kind === "skip" || !person)
      skip(index, decision.kind === "skip" ? decision.reason : "not_found");
    else {
      const words = wordsFor(batch, { person, ...decision }, circumstances);
      if ("failed" in words) skip(index, words.failed);
      else sendables.push({ index, lineUserId: decision.lineUserId, messages: words.messages });
    }
  }
  const { notificationDisabled } = gate.content;
  return { calls: freezeCalls(batch, sendables, { now, notificationDisabled }), ends, held };
};

const wordsFor = (
  batch: Batch,
  to: { person: Person; displayName: string | null; lineUserId: string },
  { gate, channel }: Circumstances,
): { readonly messages: readonly LineMessage[] } | { readonly failed: string } => {
  const { messages, data } = gate.content;
  if (batch.method === "multicast") return { messages };
  const { externalId, traits } = to.person;
  return renderMessages(messages, {
    profile: {
      externalId,
      displayName: to.displayName,
      traits: withLineId(traits, to.lineUserId),
    },
    data: data ?? {},
    campaign: { name: gate.campaign?.name ?? null },
    channel: { name: channel.name },
  });
};
