import { isSettled, tallyOf, type Batch, type Call } from "./batch.ts";
import type { CampaignRef, Campaigns } from "./ports.ts";

/** From so many attempts on a campaign is known to work, or not to. */
export const probeCalls = 100;
/** Of fewer attempts a share says nothing. */
const attemptsMin = 20;
const refusedShareMax = 0.5;
/** So many parts of one multicast, all refused: it is not for one bad person among them. */
const partsMax = 16;

const isPart = ({ path }: Call): boolean => path.includes(".");

/**
 * The first people of a campaign are sent to a few at a time: where LINE refuses most of them, such as for an image
 * that it does not like, the rest is not tried. True where it was paused for that.
 */
export const judgeErrors = async (
  { campaigns }: { readonly campaigns: Campaigns },
  batch: Batch,
  run: number,
): Promise<boolean> => {
  const { workspaceId, campaignId, id: batchId } = batch;
  if (campaignId === null) return false;
  const ref: CampaignRef = { workspaceId, campaignId };
  if (await campaigns.isProven(ref)) return false;

  const before = await campaigns.attempted(ref, batchId);
  const { counts } = tallyOf(batch.recipients);
  const refused = before.refused + counts.refused;
  const accepted = before.accepted + counts.accepted;
  const attempts = accepted + refused;
  const isMostlyRefused = attempts >= attemptsMin && refused / attempts > refusedShareMax;
  if (isMostlyRefused || (accepted === 0 && batch.calls.filter(isPart).length >= partsMax))
    return await campaigns.pause(ref, run, "errors");
  // Once half of them have it, most of them cannot be refused any more, whatever becomes of the others.
  if (accepted > probeCalls * refusedShareMax || attempts >= probeCalls || isSettled(batch))
    await campaigns.prove(ref);
  return false;
};
