import { isDeepStrictEqual } from "node:util";
import { Failure } from "@yubin/errors";
import {
  hasVariants,
  type CampaignContent,
  type CampaignContentRequest,
  type FrozenVariant,
  type FrozenWords,
  type Tracking,
} from "@yubin/types";

import type { FreezeWords } from "../domain/template.ts";
import type { CheckContent } from "./check-content.ts";

export interface TakeContentDeps {
  readonly checkContent: CheckContent;
  readonly freezeWords: FreezeWords;
  /** Whether each person gets words of their own. */
  readonly isPersonal: (messages: FrozenWords["messages"]) => boolean;
  /** Whether there is a link in them that people can have one of their own for. */
  readonly hasLinks: (messages: FrozenWords["messages"]) => boolean;
}

export interface AskedContent {
  readonly workspaceId: string;
  readonly asked: CampaignContentRequest;
  /** What the campaign has, whose words from templates may be said again as it tells them. */
  readonly before?: CampaignContent;
}

/** What a campaign sends as it is now, its own words or those of templates, checked. */
export const takeContent = async (
  deps: TakeContentDeps,
  { workspaceId, asked, before }: AskedContent,
): Promise<CampaignContent> => {
  const known = before ? wordsIn(before) : [];
  const { variants, controlPercent = 0, ...words } = asked;
  if (variants === undefined) {
    return await takeWords(deps, workspaceId, { words, field: "content", known });
  }
  const frozen: FrozenVariant[] = [];
  for (const [place, { name, weight = 1, ...own }] of variants.entries()) {
    const field = `content.variants[${place}]`;
    frozen.push({
      name,
      weight,
      ...(await takeWords(deps, workspaceId, { words: own, field, known })),
    });
  }
  return { variants: frozen, controlPercent };
};

/** Whether each person gets words of their own, and so a push: all do where one variant or their links say so. */
export const isPersonalContent = (
  { isPersonal, hasLinks }: Pick<TakeContentDeps, "isPersonal" | "hasLinks">,
  content: CampaignContent,
  tracking: Tracking,
): boolean =>
  wordsIn(content).some(
    ({ messages }) => isPersonal(messages) || (tracking === "person" && hasLinks(messages)),
  );

const takeWords = async (
  { freezeWords, checkContent }: TakeContentDeps,
  workspaceId: string,
  {
    words,
    field,
    known,
  }: {
    readonly words: Parameters<FreezeWords>[1] & Pick<FrozenWords, "template">;
    readonly field: string;
    readonly known: readonly FrozenWords[];
  },
): Promise<FrozenWords> => {
  if (words.template) {
    const same = known.find((one) => isDeepStrictEqual(one, words));
    if (same) return same;
    throw new Failure(
      "request_invalid",
      "the campaign has no such words of a template: name its templateId, or leave this out",
      { field: `${field}.template` },
    );
  }
  const content = await freezeWords(workspaceId, words, field);
  checkContent(content.messages, `${field}.${content.template ? "templateId" : "messages"}`);
  return content;
};

const wordsIn = (content: CampaignContent): FrozenWords[] =>
  hasVariants(content)
    ? content.variants.map(({ name: _name, weight: _weight, ...words }) => words)
    : [content];
