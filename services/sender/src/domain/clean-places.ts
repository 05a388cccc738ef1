import type { CampaignRef } from "./ports.ts";

/** A campaign whose places may have done their work. */
export interface CampaignWithPlaces extends CampaignRef {
  /** Of uploaded lists, places tell in which batch somebody is; short lists of references are gone through. */
  readonly isFoundByPlaces: boolean;
  readonly endedAt: Date | null;
  /** Nobody looks into its places any more: whoever looks for somebody goes through its batches. */
  readonly isLeft: boolean;
  /** When it was to be looked at. */
  readonly due: Date;
}

export interface CleanPlacesDeps {
  readonly places: {
    /** Over all workspaces: the sweeper belongs to none, and each campaign's places are removed as its workspace's. */
    due(before: Date, max: number): Promise<readonly CampaignWithPlaces[]>;
    /** Looked at again at this time. */
    keep(campaign: CampaignWithPlaces, until: Date): Promise<void>;
    /** From now on it is searched without them; looked at again at this time. */
    leave(campaign: CampaignWithPlaces, until: Date): Promise<void>;
    /** So many at most; how many there were. */
    removeSome(campaign: CampaignRef, max: number): Promise<number>;
    /** It has none any more. */
    done(campaign: CampaignWithPlaces): Promise<void>;
  };
  readonly now: () => Date;
}

const dayMs = 86_400_000;
/** Longer than caps count back, than a merge can be undone, and than most campaigns are of interest to anybody. */
export const placesKeptMs = 400 * dayMs;
/** A campaign that is paused may be resumed after months; it is looked at again and again. */
const unendedAgainMs = 30 * dayMs;
/** Longer than anybody goes on with what they have read of a campaign. */
export const marginMs = dayMs;

const campaignsAtOnce = 20;
const placesAtOnce = 1_000;
const workMaxMs = 20_000;

/**
 * Removes the places of campaigns that ended long ago; how many campaigns it is done with. First nobody looks into them
 * any more, and a day later they go, so that whoever looks finds all or looks elsewhere. Safe to repeat and to break off.
 */
export const cleanPlaces = async (
  { places, now }: CleanPlacesDeps,
  signal: AbortSignal,
): Promise<number> => {
  const startedAt = now().getTime();
  const isOver = (): boolean => signal.aborted || now().getTime() - startedAt > workMaxMs;
  let cleaned = 0;
  for (const campaign of await places.due(now(), campaignsAtOnce)) {
    const until = keptUntil(campaign, now());
    if (until) await places.keep(campaign, until);
    else if (campaign.isFoundByPlaces && !campaign.isLeft)
      await places.leave(campaign, new Date(now().getTime() + marginMs));
    else {
      for (let removed = placesAtOnce; removed === placesAtOnce && !isOver();)
        removed = await places.removeSome(campaign, placesAtOnce);
      if (isOver()) break;
      await places.done(campaign);
      cleaned += 1;
    }
  }
  return cleaned;
};

/** References are only compared while they are planned. Undefined where nobody needs the places. */
const keptUntil = (
  { isFoundByPlaces, endedAt }: CampaignWithPlaces,
  now: Date,
): Date | undefined => {
  if (!isFoundByPlaces) return undefined;
  if (!endedAt) return new Date(now.getTime() + unendedAgainMs);
  const end = new Date(endedAt.getTime() + placesKeptMs);
  return end > now ? end : undefined;
};
