import type {
  CampaignContent,
  CampaignContentRequest,
  FrozenVariant,
  FrozenWords,
} from "@yubin/types";

import type { FreezeWords } from "../domain/template.ts";
import type { CheckContent } from "./check-content.ts";

export interface TakeContentDeps {
  readonly checkContent: CheckContent;
  readonly freezeWords: FreezeWords;
  /** Whether each person gets words of their own. */
  readonly isPersonal: (messages: FrozenWords["messages"]) => boolean;
}

/** What a campaign sends as it is now, its own words or those of templates, checked. */
export const takeContent = async (
  deps: TakeContentDeps,
  workspaceId: string,
  asked: CampaignContentRequest,
): Promise<{ readonly content: CampaignContent; readonly personal: boolean }> => {
  const { variants, controlPercent = 0, ...words } = asked;
  if (variants === undefined) {
    const content = await takeWords(deps, workspaceId, { words, field: "content" });
    return { content, personal: deps.isPersonal(content.messages) };
  }
  const frozen: FrozenVariant[] = [];
  for (const [place, { name, weight = 1, ...own }] of variants.entries()) {
    const field = `content.variants[${place}]`;
    frozen.push({ name, weight, ...(await takeWords(deps, workspaceId, { words: own, field })) });
  }
  return {
    content: { variants: frozen, controlPercent },
    // All go by push where one variant must.
    personal: frozen.some(({ messages }) => deps.isPersonal(messages)),
  };
};

const takeWords = async (
  { freezeWords, checkContent }: TakeContentDeps,
  workspaceId: string,
  { words, field }: { readonly words: Parameters<FreezeWords>[1]; readonly field: string },
): Promise<FrozenWords> => {
  const content = await freezeWords(workspaceId, words, field);
  checkContent(content.messages, `${field}.${content.template ? "templateId" : "messages"}`);
  return content;
};
