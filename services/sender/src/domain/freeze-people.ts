import type { Rendered } from "@yubin/liquid";
import type { LineMessage } from "@yubin/types";

import type { Batch, Call, End } from "./batch.ts";
import type { Gate } from "./check-gate.ts";
import type { Decided } from "./decide-all.ts";
import { freezeCalls, type Sendable } from "./freeze-calls.ts";
import type { Channel } from "./ports.ts";
import { renderWords, type Addressed, type RenderDeps } from "./render-words.ts";
import { trackLinks, type TrackDeps } from "./track-links.ts";
import { byVariant, contentFor } from "./variants.ts";

/** Somebody about whom nothing can be decided before a time; without one, for a moment. */
export interface HeldPerson {
  readonly index: number;
  readonly until?: Date;
}

export interface Frozen {
  readonly calls: readonly Call[];
  /** Of the people who are not sent anything. */
  readonly ends: ReadonlyMap<number, End>;
  /** Of the people who are looked at again in a moment. */
  readonly held: readonly HeldPerson[];
}

/** For whom there is no time to render is held. */
export interface FreezeDeps extends TrackDeps, RenderDeps {}

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
  for (const { index, lineUserId } of addressed) {
    const ofOne = words.get(index);
    if (!ofOne || "later" in ofOne) held.push({ index });
    else if ("failed" in ofOne) skip(index, ofOne.failed);
    else {
      const { notificationDisabled } = contentFor(gate.content, batch.recipients[index]);
      sendables.push({ index, lineUserId, messages: ofOne.messages, notificationDisabled });
    }
  }
  return { calls: freezeCalls(batch, sendables, { now }), ends, held };
};

/** What is to be sent, or why it is not. */
type Words =
  | { readonly messages: readonly LineMessage[] }
  | Exclude<Rendered, { readonly messages: readonly LineMessage[] }>;

/** By recipient. Variants are rendered all at once, so that they take no longer together than one may by itself. */
const wordsFor = async (
  deps: FreezeDeps,
  batch: Batch,
  { gate, channel, addressed }: Circumstances & { readonly addressed: readonly Addressed[] },
): Promise<ReadonlyMap<number, Words>> => {
  const people = new Map(addressed.map((one) => [one.index, one]));
  const rendered = await Promise.all(
    byVariant(batch.recipients, [...people.keys()]).map(async (indexes) => {
      const some = indexes.flatMap((index) => people.get(index) ?? []);
      const first = batch.recipients[indexes[0] ?? -1];
      const content = contentFor(gate.content, first);
      const campaignName = gate.campaign?.name ?? content.campaignName ?? null;
      const [words, tracked] = await Promise.all([
        renderWords(deps, batch, { campaignName, channel, content, addressed: some }),
        trackLinks(deps, batch, { content, variant: first?.variant ?? null }),
      ]);
      return words.map((ofOne, place): readonly [number, Words] => {
        const index = indexes[place] ?? -1;
        return [index, "messages" in ofOne ? { messages: tracked(ofOne.messages, index) } : ofOne];
      });
    }),
  );
  return new Map(rendered.flat());
};
