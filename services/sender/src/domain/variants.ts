import { assignVariant, controlGroup, hasVariants, noGroup } from "@yubin/types";

import type { Content, Recipient } from "./batch.ts";

/** One of several contents of a campaign. */
export interface Variant extends Content {
  readonly name: string;
  readonly weight: number;
}

/** Each person gets the words of one variant, or nothing. */
export interface Variants {
  readonly variants: readonly Variant[];
  readonly controlPercent: number;
}

/**
 * A recipient as planned, with the group they are in where the campaign has any: it follows from the profile that has
 * the place. Who is to be compared with the others gets nothing, and has their end by that.
 */
export const withVariant = (
  { id, content }: { readonly id: string; readonly content: Content | Variants },
  recipient: Recipient,
  now: Date,
): Recipient => {
  if (!hasVariants(content)) return recipient;
  const { outcome, profileId } = recipient;
  if (outcome !== undefined || profileId === undefined) return { ...recipient, variant: noGroup };
  const variant = assignVariant({ campaignId: id, ...content }, profileId);
  if (variant !== controlGroup) return { ...recipient, variant };
  const { data: _, ...kept } = recipient;
  return { ...kept, variant, outcome: "skipped", reason: "control_group", settledAt: now };
};

/** The words for a recipient. */
export const contentFor = (
  content: Content | Variants,
  recipient: Pick<Recipient, "variant"> | undefined,
): Content => {
  if (!hasVariants(content)) return content;
  const found = content.variants.find(({ name }) => name === recipient?.variant);
  if (!found) throw new Error("a recipient is in a variant that the campaign does not have");
  return found;
};

/** Those of the recipients at these indexes who get the same words, together. */
export const byVariant = (
  recipients: readonly Recipient[],
  indexes: readonly number[],
): (readonly number[])[] => [
  ...Map.groupBy(indexes, (index) => recipients[index]?.variant).values(),
];
