import { fractionFrom } from "./ids.ts";

/** The group of those who are sent nothing, so that others can be compared with them. */
export const controlGroup = "control";
/** Of recipients who are in no group: they lead to nobody, are named again, or were left out before. */
export const noGroup = "unassigned";

/** What decides who is in which group of a campaign. */
export interface Experiment {
  readonly campaignId: string;
  readonly variants: readonly { readonly name: string; readonly weight: number }[];
  /** So many in a hundred are sent nothing. */
  readonly controlPercent: number;
}

/**
 * The name of a person's variant, or `controlGroup`. It follows from the two ids and the shares alone, so it is the same
 * whoever asks and whenever, and says nothing of another campaign.
 */
export const assignVariant = (
  { campaignId, variants, controlPercent }: Experiment,
  profileId: string,
): string => {
  const drawn = fractionFrom("variant/1", campaignId, profileId) * 100;
  if (drawn < controlPercent) return controlGroup;
  const total = variants.reduce((sum, { weight }) => sum + weight, 0);
  let left = ((drawn - controlPercent) / (100 - controlPercent)) * total;
  const drawnOne = variants.find(({ weight }) => (left -= weight) < 0);
  const name = (drawnOne ?? variants.at(-1))?.name;
  if (name === undefined) throw new Error("a campaign of variants has none");
  return name;
};
