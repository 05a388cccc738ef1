import { isLimited, isTrimmed, spareIn, type Allowance } from "./allowance.ts";
import type { Batch } from "./batch.ts";
import type { Decided } from "./decide-all.ts";
import type { Campaigns } from "./ports.ts";

export interface NoRoom {
  readonly kind: "no_room";
  /** There never will be any for those who wait in this batch. */
  readonly trims: boolean;
}

/**
 * Whether the month's quota has room for nobody else of a batch, looked at before a permission to call is used up for
 * them. Of a campaign that is not to be sent at all now that says nothing.
 */
export const roomlessNow = async (
  { campaigns }: { readonly campaigns: Pick<Campaigns, "stateNow"> },
  batch: Batch,
): Promise<NoRoom | undefined> => {
  const { workspaceId, campaignId } = batch;
  if (campaignId === null) return undefined;
  const now = await campaigns.stateNow({ workspaceId, campaignId });
  if (!now || (now.state !== "planning" && now.state !== "sending")) return undefined;
  const { allowance, run } = now;
  if (!isLimited(allowance) || allowance.run !== run || spareIn(batch, allowance) > 0)
    return undefined;
  return { kind: "no_room", trims: isTrimmed(batch, allowance) };
};

/** Those who are sent something as far as there is room, in their order; the others wait as if not looked at. */
export const withinRoom = (
  batch: Batch,
  decided: readonly Decided[],
  allowance: Allowance | null,
): readonly Decided[] => {
  let spare = spareIn(batch, allowance);
  if (spare === Infinity) return decided;
  return decided.filter(({ decision }) => {
    if (decision.kind !== "send") return true;
    spare -= 1;
    return spare >= 0;
  });
};
