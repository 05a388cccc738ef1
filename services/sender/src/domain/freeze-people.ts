import type { Rendered, Renderer, TemplateScope } from "@yubin/liquid";
import { withLineId } from "@yubin/types";

import type { Batch, Call, End } from "./batch.ts";
import type { Gate } from "./check-gate.ts";
import type { Person } from "./decide.ts";
import type { Decided } from "./decide-all.ts";
import type { HeldPerson } from "./deliver-slice.ts";
import { freezeCalls, type Sendable } from "./freeze-calls.ts";
import type { Channel } from "./ports.ts";

export interface Frozen {
  readonly calls: readonly Call[];
  /** Of the people who are not sent anything. */
  readonly ends: ReadonlyMap<number, End>;
  /** Of the people who are looked at again in a moment. */
  readonly held: readonly HeldPerson[];
}

export interface FreezeDeps {
  /** Ends within a few seconds whatever is rendered, so that a claim outlasts it; for whom there is no time is held. */
  readonly renderMessages: Renderer["renderMessages"];
}

interface Circumstances {
  readonly gate: Extract<Gate, { kind: "open" }>;
  readonly channel: Channel;
  readonly now: Date;
}

/** Renders the words of those who are sent something and makes the calls; the others end, or wait. */
export const freezePeople = async (
  deps: FreezeDeps,
  batch: Batch,
  { decided, ...circumstances }: Circumstances & { readonly decided: readonly Decided[] },
): Promise<Frozen> => {
  const { gate, now } = circumstances;
  const ends = new Map<number, End>();
  const held: HeldPerson[] = [];
  const addressed: Addressed[] = [];
  const skip = (index: number, reason: string): void => {
    ends.set(index, { outcome: "skipped", reason, settledAt: now });
  };

  for (const { index, person, decision } of decided) {
    if (decision.kind === "hold")
      held.push({ index, ...(decision.until === undefined ? {} : { until: decision.until }) });
    else if (decision.kind === "skip" || !person)
      skip(index, decision.kind === "skip" ? decision.reason : "not_found");
    else addressed.push({ ...decision, index, person });
  }

  const sendables: Sendable[] = [];
  const words = await wordsFor(deps, batch, { ...circumstances, addressed });
  for (const [place, { index, lineUserId }] of addressed.entries()) {
    const ofOne = words[place];
    if (!ofOne || "later" in ofOne) held.push({ index });
    else if ("failed" in ofOne) skip(index, ofOne.failed);
    else sendables.push({ index, lineUserId, messages: ofOne.messages });
  }
  const { notificationDisabled } = gate.content;
  return { calls: freezeCalls(batch, sendables, { now, notificationDisabled }), ends, held };
};

interface Addressed {
  readonly index: number;
  readonly person: Person;
  readonly lineUserId: string;
  readonly displayName: string | null;
}

const wordsFor = async (
  { renderMessages }: FreezeDeps,
  batch: Batch,
  { gate, channel, addressed }: Circumstances & { readonly addressed: readonly Addressed[] },
): Promise<readonly Rendered[]> => {
  const { messages, missing, data = {} } = gate.content;
  if (batch.method === "multicast" || addressed.length === 0)
    return addressed.map(() => ({ messages }));
  const scopes = addressed.map(
    ({ index, person: { externalId, traits }, displayName, lineUserId }): TemplateScope => ({
      profile: { externalId, displayName, traits: withLineId(traits, lineUserId) },
      data: { ...data, ...batch.recipients[index]?.data },
      campaign: { name: gate.campaign?.name ?? gate.content.campaignName ?? null },
      channel: { name: channel.name },
    }),
  );
  return renderMessages({ workspaceId: batch.workspaceId, messages, missing, scopes });
};
