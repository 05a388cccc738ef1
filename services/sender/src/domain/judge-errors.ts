import type { Batch, Call, Recipient } from "./batch.ts";
import type { Attempts, CampaignRef, Campaigns } from "./ports.ts";

/** From so many attempts on a campaign is known to work, or not to; of variants, of each. */
export const probeCalls = 100;
/** Of fewer attempts a share says nothing. */
const attemptsMin = 20;
/** A variant has only its part of the first people, who are few where there are many variants. */
const variantAttemptsMin = 10;
const refusedShareMax = 0.5;
/** So many parts of one multicast, all refused: it is not for one bad person among them. */
const partsMax = 16;

const isPart = ({ path }: Call): boolean => path.includes(".");

/**
 * The first people of a campaign are sent to a few at a time: where LINE refuses most of them, or most of a variant's,
 * such as for an image that it does not like, the rest is not tried. True where it was paused for that.
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

  const groups = addUp([...(await campaigns.attempted(ref, batchId)), ...attemptsIn(batch)]);
  const all = sumOf(groups);
  const isBroken =
    isMostlyRefused(all, attemptsMin) ||
    groups.some((group) => group.variant !== null && isMostlyRefused(group, variantAttemptsMin));
  if (isBroken || (all.accepted === 0 && batch.calls.filter(isPart).length >= partsMax))
    return await campaigns.pause(ref, run, "errors", null);
  const probed = groups.filter((group) => attemptsOf(group) > 0);
  const isProbed =
    probed.length > 0 && (probed.every(isKnown) || attemptsOf(all) >= probeCalls * probed.length);
  // Of whom LINE has refused a variant as a whole is known only once its parts are single people.
  const isSearched = groups.some(
    (group) => attemptsOf(group) < variantAttemptsMin && hasOpenPart(batch, group.variant),
  );
  // Not once a batch is settled: it may have been sent to few of its people, and all of them refused.
  if (isProbed && !isSearched) await campaigns.prove(ref);
  return false;
};

const hasOpenPart = ({ calls, recipients }: Batch, variant: string | null): boolean =>
  calls.some(
    (call) =>
      isPart(call) &&
      call.members.some((index) => recipients[index]?.variant === (variant ?? undefined)),
  );

type Sums = Omit<Attempts, "variant">;

const attemptsOf = ({ accepted, refused }: Sums): number => accepted + refused;

/** Once half of a hundred have it, most of them cannot be refused any more, whatever becomes of the others. */
const isKnown = (sums: Sums): boolean =>
  sums.accepted > probeCalls * refusedShareMax || attemptsOf(sums) >= probeCalls;

const isMostlyRefused = (sums: Sums, attemptsAtLeast: number): boolean =>
  attemptsOf(sums) >= attemptsAtLeast && sums.refused / attemptsOf(sums) > refusedShareMax;

/** One for each recipient: they are few, and soon added up. */
const attemptsIn = ({ recipients }: { readonly recipients: readonly Recipient[] }): Attempts[] =>
  recipients.map(({ variant = null, outcome }) => ({
    variant,
    accepted: outcome === "accepted" ? 1 : 0,
    refused: outcome === "refused" ? 1 : 0,
  }));

const addUp = (attempts: readonly Attempts[]): Attempts[] =>
  [...Map.groupBy(attempts, ({ variant }) => variant)].map(([variant, some]) => ({
    variant,
    ...sumOf(some),
  }));

const sumOf = (attempts: readonly Attempts[]): Sums => ({
  accepted: attempts.reduce((sum, one) => sum + one.accepted, 0),
  refused: attempts.reduce((sum, one) => sum + one.refused, 0),
});
