import type { RenderFailure } from "@yubin/liquid";
import { addressOf, namedLineUserId } from "@yubin/types";

import type { Recipient } from "./batch.ts";
import type { Decided } from "./decide-all.ts";
import type { Campaign, Channel } from "./ports.ts";
import { renderWords, type Addressed, type RenderDeps } from "./render-words.ts";
import { byVariant, contentFor } from "./variants.ts";

/** Rendering of one estimate in all: 200,000 people take some seconds, and more would keep others waiting. */
const renderingMaxMs = 60_000;

export interface JudgeWordsDeps extends RenderDeps {
  readonly now: () => Date;
}

/** Of some recipients, for whom there are no words, by index. Of whom there is no time for, nothing is said. */
export type JudgeWords = (
  recipients: readonly Recipient[],
  decided: readonly Decided[],
) => Promise<ReadonlyMap<number, RenderFailure>>;

const nobody: ReadonlyMap<number, RenderFailure> = new Map();

/** Renders what people of a campaign would get, and forgets it. Who only waits for the morning gets words, too. */
export const createJudgeWords = (
  deps: JudgeWordsDeps,
  { campaign, channel }: { readonly campaign: Campaign; readonly channel: Channel },
): JudgeWords => {
  const { workspaceId, name: campaignName } = campaign;
  let spentMs = 0;
  return async (recipients, decided) => {
    if (!campaign.personal || spentMs >= renderingMaxMs) return nobody;
    const people = new Map<number, Addressed>();
    for (const one of decided) {
      const found = addressedOf(one, recipients[one.index], channel);
      if (found) people.set(one.index, found);
    }
    const startedAt = deps.now().getTime();
    const failed = await Promise.all(
      byVariant(recipients, [...people.keys()]).map(async (indexes) => {
        const addressed = indexes.flatMap((index) => people.get(index) ?? []);
        const content = contentFor(campaign.content, recipients[indexes[0] ?? -1]);
        const words = await renderWords(
          deps,
          { workspaceId, method: "push", recipients },
          { campaignName, channel, content, addressed },
        );
        return words.flatMap((ofOne, place) =>
          "failed" in ofOne ? [[indexes[place] ?? -1, ofOne.failed] as const] : [],
        );
      }),
    );
    spentMs += deps.now().getTime() - startedAt;
    return new Map(failed.flat());
  };
};

const addressedOf = (
  { index, person, decision }: Decided,
  recipient: Recipient | undefined,
  channel: Channel,
): Addressed | undefined => {
  if (!person || decision.kind === "skip") return undefined;
  const named = namedLineUserId(recipient?.ref, channel.provider);
  const account = addressOf(person.accounts, channel, named);
  if (!account) return undefined;
  const { lineUserId, displayName } = account;
  return { index, person, lineUserId, displayName };
};
