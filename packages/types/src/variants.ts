import { z } from "zod";

import { controlGroup, noGroup } from "./assign-variant.ts";
import { holdsUnseen } from "./identifiers.ts";
import { limits } from "./limits.ts";
import { hasMoreCharacters } from "./line-messages/characters.ts";
import type { Clicks } from "./clicks.ts";
import type { OutcomeCounts } from "./messages.ts";
import { oneSource, templateUse, wordsAsked, wordsFields, type FrozenWords } from "./templates.ts";

const contentFields = {
  ...wordsFields,
  /** Of words that the campaign has already: as it tells them, they stay what they are. Others name a `templateId`. */
  template: templateUse.optional(),
};

/** One of several contents of a campaign; each says its own words, or names a template. */
const variant = z
  .strictObject({
    name: z.string().trim().normalize("NFC").min(1).superRefine(checkName),
    /** Its part of all weights is its part of the people; 1 where nothing is said. */
    weight: z.int().min(1).max(limits.variantWeightMax).optional(),
    ...contentFields,
  })
  .superRefine(oneSource);
export type VariantRequest = z.output<typeof variant>;

/** What a campaign sends: words for everybody, or variants and a group that gets nothing. */
export const campaignContent = z
  .strictObject({
    ...contentFields,
    variants: z.array(variant).min(1).max(limits.variantsMax).optional(),
    /** So many in a hundred of the people are sent nothing. */
    controlPercent: z.int().min(0).max(limits.controlPercentMax).optional(),
  })
  .superRefine(oneContent);
export type CampaignContentRequest = z.output<typeof campaignContent>;

export interface FrozenVariant extends FrozenWords {
  readonly name: string;
  readonly weight: number;
}

export interface FrozenVariants {
  readonly variants: FrozenVariant[];
  readonly controlPercent: number;
}

/** The content of a campaign as it was drafted. */
export type CampaignContent = FrozenWords | FrozenVariants;

export const hasVariants = <Content extends object>(
  content: Content,
): content is Extract<Content, { readonly variants: readonly unknown[] }> => "variants" in content;

/** What was asked for where this content was frozen; equal for equal requests. See `wordsAsked`. */
export const contentAsked = (content: CampaignContent): object =>
  hasVariants(content)
    ? {
        controlPercent: content.controlPercent,
        variants: content.variants.map(({ name, weight, ...words }) => ({
          name,
          weight,
          words: wordsAsked(words),
        })),
      }
    : wordsAsked(content);

/** What became of one group of a campaign, in its metrics; all groups together are the campaign's totals. */
export interface VariantMetrics {
  /** A variant's name, `control`, or `unassigned` for recipients who are in no group. */
  readonly name: string;
  /** Null for the last two. */
  readonly weight: number | null;
  readonly totals: OutcomeCounts;
  readonly reasons: Readonly<Record<string, number>>;
  readonly rates: OutcomeRates;
  /** On the links in its words. Null where the campaign's links are not tracked, and of the last two, which have none. */
  readonly clicks: Clicks | null;
}

/** Parts of an audience, from 0 to 1; null while it is empty. */
export type OutcomeRates = Readonly<
  Record<Exclude<keyof OutcomeCounts, "audience">, number | null>
>;

/** As people count them: a flag or a face is one. */
const charsMax = limits.variantNameChars;

function checkName(name: string, context: z.RefinementCtx): void {
  const refuse = (code: string, message: string): void =>
    context.addIssue({ code: "custom", message, params: { failure: { code, message } } });
  if (!name.isWellFormed()) refuse("unicode_invalid", "the name holds a lone surrogate");
  else if (name.length > limits.variantNameUnits || hasMoreCharacters(name, charsMax))
    refuse("limit_exceeded", `a name has at most ${charsMax} characters`);
  else if (holdsUnseen(name))
    refuse("variant_name_invalid", "the name holds invisible or control characters");
  else if ([controlGroup, noGroup].includes(name.toLowerCase()))
    refuse("variant_name_invalid", `${controlGroup} and ${noGroup} are names of other groups`);
}

function oneContent(content: CampaignContentRequest, context: z.RefinementCtx): void {
  const refuse = (path: (string | number)[], message: string, params = {}): void =>
    context.addIssue({ code: "custom", path, message, params });
  const { variants, controlPercent = 0, ...words } = content;
  if (variants === undefined) {
    if (controlPercent > 0)
      refuse(["controlPercent"], "a control group needs variants; there may be one alone");
    return oneSource(words, context);
  }
  for (const [name, given] of Object.entries(words))
    if (given !== undefined)
      refuse([name], "content has variants, each with words of its own, or words, not both");
  if (variants.length === 1 && controlPercent === 0)
    refuse(["variants"], `2 to ${limits.variantsMax} variants, or one beside a control group`);
  const names = variants.map(({ name }) => name.toLowerCase());
  const twice = names.findIndex((name, at) => names.indexOf(name) !== at);
  if (twice === -1) return;
  const message = "another variant has this name";
  refuse(["variants", twice, "name"], message, {
    failure: { code: "variant_name_invalid", message },
  });
}
