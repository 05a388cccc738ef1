import { renderMessages } from "@yubin/liquid";
import { parseProfileRef, withLineId, type LineMessage } from "@yubin/types";

import type { Batch, Call, End } from "./batch.ts";
import type { Gate } from "./check-gate.ts";
import { decide, type Person } from "./decide.ts";
import { freezeCalls, type Sendable } from "./freeze-calls.ts";
import type { Channel } from "./ports.ts";

export interface Frozen {
  readonly calls: readonly Call[];
  /** Of the people who are not sent anything. */
  readonly ends: ReadonlyMap<number, End>;
}

interface Circumstances {
  readonly gate: Extract<Gate, { kind: "open" }>;
  readonly channel: Channel;
  readonly now: Date;
}

/** Decides about each person as they are now, renders their words, and makes the calls. */
export const freezePeople = (
  batch: Batch,
  people: readonly { readonly index: number; readonly person: Person | undefined }[],
  circumstances: Circumstances,
): Frozen => {
  const { gate, channel, now } = circumstances;
  const ends = new Map<number, End>();
  const sendables: Sendable[] = [];
  const skip = (index: number, reason: string): void => {
    ends.set(index, { outcome: "skipped", reason, settledAt: now });
  };

  for (const { index, person } of people) {
    const named = namedLineUserId(batch.recipients[index]?.ref, channel);
    const decision = decide(person, channel, named);
    if (decision.kind === "skip" || !person) {
      skip(index, decision.kind === "skip" ? decision.reason : "not_found");
      continue;
    }
    const words = wordsFor(batch, { person, ...decision }, circumstances);
    if ("failed" in words) skip(index, words.failed);
    else sendables.push({ index, lineUserId: decision.lineUserId, messages: words.messages });
  }
  const { notificationDisabled } = gate.content;
  return { calls: freezeCalls(batch, sendables, { now, notificationDisabled }), ends };
};

/** Whoever asks for a LINE ID of this provider means that one. */
const namedLineUserId = (ref: string | undefined, { provider }: Channel): string | undefined => {
  const parsed = ref === undefined ? undefined : parseProfileRef(ref);
  if (parsed?.kind !== "alias" || !parsed.alias.kind.startsWith("line/")) return undefined;
  return parsed.alias.kind === `line/${provider}` ? parsed.alias.value : "";
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
