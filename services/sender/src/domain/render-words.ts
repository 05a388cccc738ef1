import type { Rendered, Renderer, TemplateScope } from "@yubin/liquid";
import { withLineId } from "@yubin/types";

import type { Batch, Content } from "./batch.ts";
import type { Person } from "./decide.ts";
import type { Channel } from "./ports.ts";

export interface RenderDeps {
  /** Ends within a few seconds whatever is rendered, so that a claim outlasts it; some may be left for later. */
  readonly renderMessages: Renderer["renderMessages"];
}

/** Somebody who is written to. */
export interface Addressed {
  readonly index: number;
  readonly person: Pick<Person, "externalId" | "traits">;
  readonly lineUserId: string;
  readonly displayName: string | null;
}

/** For people who get the same, but for what is said of each. Sending and estimating both ask here. */
export const renderWords = async (
  { renderMessages }: RenderDeps,
  { workspaceId, method, recipients }: Pick<Batch, "workspaceId" | "method" | "recipients">,
  {
    campaignName,
    channel,
    content,
    addressed,
  }: {
    readonly campaignName: string | null;
    readonly channel: Pick<Channel, "name">;
    readonly content: Content;
    readonly addressed: readonly Addressed[];
  },
): Promise<readonly Rendered[]> => {
  const { messages, missing, data = {} } = content;
  if (method === "multicast") return addressed.map(() => ({ messages }));
  const scopes = addressed.map(
    ({ index, person: { externalId, traits }, displayName, lineUserId }): TemplateScope => ({
      profile: { externalId, displayName, traits: withLineId(traits, lineUserId) },
      data: { ...data, ...recipients[index]?.data },
      campaign: { name: campaignName },
      channel: { name: channel.name },
    }),
  );
  return renderMessages({ workspaceId, messages, missing, scopes });
};
