import {
  recipientsOf,
  type BatchRow,
  type CampaignRow,
  type RecipientRow,
  type Store,
} from "@yubin/store";
import { isWalked } from "@yubin/types";

import { areClicksKnown, linksFrom, personClickView, type PersonClick } from "../domain/click.ts";
import { placeText } from "../domain/recipient.ts";
import { isOlder, type Placed, type Position, type TimelineQuery } from "../domain/timeline.ts";
import { clicksOfPlaces } from "./person-clicks.ts";

export interface SentByCampaigns {
  readonly placed: readonly Placed[];
  /** The last campaign that was looked at, while there are older ones. */
  readonly horizon: Position | undefined;
}

/** Campaigns that one page looks into, newest first: no index leads from a person to their place in them. */
const campaignsMax = 20;
const atOnce = 5;

type Campaign = Pick<
  CampaignRow,
  "_id" | "workspaceId" | "channelId" | "name" | "audience" | "tracking" | "startsAt"
> & {
  readonly launchedAt: Date;
};

export const createSentByCampaigns =
  (store: Store) =>
  async (query: TimelineQuery): Promise<SentByCampaigns> => {
    const campaigns = await launchedBefore(store, query);
    const placed: Placed[] = [];
    let seen = 0;
    while (seen < Math.min(campaigns.length, campaignsMax)) {
      const some = campaigns.slice(seen, Math.min(seen + atOnce, campaignsMax));
      const found = await Promise.all(some.map((campaign) => placeIn(store, campaign, query)));
      placed.push(...found.flat());
      seen += some.length;
      if (query.isTimeUp()) break;
    }
    const last = campaigns[seen - 1];
    const hasOlder = last !== undefined && seen < campaigns.length;
    return { placed, horizon: hasOlder ? { at: last.launchedAt, id: last._id } : undefined };
  };

const launchedBefore = async (
  { campaigns }: Store,
  { workspaceId, before }: TimelineQuery,
): Promise<Campaign[]> =>
  campaigns
    .find({
      workspaceId,
      launchedAt: { $ne: null, ...(before ? { $lte: before.at } : {}) },
      ...(before ? { $or: [{ launchedAt: { $lt: before.at } }, { _id: { $lt: before.id } }] } : {}),
    })
    .sort({ launchedAt: -1, _id: -1 })
    .limit(campaignsMax + 1)
    .project<Campaign>({
      workspaceId: 1,
      channelId: 1,
      name: 1,
      launchedAt: 1,
      tracking: 1,
      startsAt: 1,
      "audience.type": 1,
    })
    .toArray();

const placeIn = async (
  store: Store,
  campaign: Campaign,
  { profileIds, before, now }: TimelineQuery,
): Promise<Placed[]> => {
  const found = isWalked(campaign.audience)
    ? await Promise.all(profileIds.map((id) => batchOfFriend(store, campaign, id)))
    : await batchesNaming(store, campaign, profileIds);
  const recipients = found
    .flatMap((batch) => (batch ? recipientsIn(batch) : []))
    .filter(({ profileId }) => profileId !== undefined && profileIds.includes(profileId));
  const each = [...new Map(recipients.map((one) => [one.profileId, one])).values()]
    .map((recipient) => ({
      // Before they were one, both may have had a place.
      position: { at: campaign.launchedAt, id: `${campaign._id}/${recipient.profileId}` },
      recipient,
    }))
    .filter(({ position }) => isOlder(position, before));
  const sending = { launchedAt: campaign.launchedAt, startsAt: campaign.startsAt ?? null };
  const tellsClicks = campaign.tracking === "person" && areClicksKnown(linksFrom(sending), now);
  const clicksOf = tellsClicks ? await clicksIn(store, campaign, each) : () => null;
  return each.map(({ position, recipient }) => ({
    position,
    item: sentItem(campaign, recipient, clicksOf(recipient.place)),
  }));
};

interface PlacedRecipient extends RecipientRow {
  readonly place: string;
}

const recipientsIn = (batch: People): PlacedRecipient[] =>
  recipientsOf(batch).map((one, index) => ({
    ...one,
    place: placeText({ seq: batch.seq, index }),
  }));

const clicksIn = async (
  store: Store,
  { _id: campaignId, workspaceId }: Campaign,
  each: readonly { readonly recipient: PlacedRecipient }[],
): Promise<(place: string) => readonly PersonClick[]> => {
  if (each.length === 0) return () => [];
  const places = each.map(({ recipient }) => recipient.place);
  return clicksOfPlaces(store, { workspaceId, campaignId }, places);
};

const sentItem = (
  campaign: Campaign,
  recipient: RecipientRow,
  clicks: readonly PersonClick[] | null,
): Placed["item"] => ({
  kind: "message",
  type: "sent",
  messageId: null,
  campaignId: campaign._id,
  campaignName: campaign.name,
  variant: recipient.variant ?? null,
  at: campaign.launchedAt.toISOString(),
  channelId: campaign.channelId,
  outcome: recipient.outcome ?? null,
  reason: recipient.reason ?? null,
  settledAt: recipient.settledAt?.toISOString() ?? null,
  clicks: clicks?.map(personClickView) ?? null,
});

const batchId = (campaignId: string, seq: number): string =>
  `${campaignId}/${String(seq).padStart(6, "0")}`;
/** All of a campaign's batches; 0 comes right after /. */
const batchIds = (campaignId: string) => ({ $gte: `${campaignId}/`, $lt: `${campaignId}0` });

type People = Pick<BatchRow, "seq" | "recipients" | "packed">;
const people = { seq: 1, recipients: 1, packed: 1 } as const;

/** References are few, so all of them are looked through; of an uploaded list the places tell where. */
const batchesNaming = async (
  store: Store,
  campaign: Campaign,
  profileIds: readonly string[],
): Promise<People[]> =>
  store.batches
    .find({
      _id:
        campaign.audience.type === "list"
          ? { $in: await batchesPlacing(store, campaign, profileIds) }
          : batchIds(campaign._id),
      workspaceId: campaign.workspaceId,
      $or: [
        { "recipients.profileId": { $in: [...profileIds] } },
        { "packed.profileIds": { $in: [...profileIds] } },
      ],
    })
    .project<People>(people)
    .toArray();

/** The newest batch may lack its places yet, so it is always among them. */
const batchesPlacing = async (
  { batches, places }: Store,
  { _id, workspaceId }: Campaign,
  profileIds: readonly string[],
): Promise<string[]> => {
  const newest = await batches
    .find({ _id: batchIds(_id), workspaceId })
    .sort({ _id: -1 })
    .limit(1)
    .project<{ _id: string }>({ _id: 1 })
    .next();
  const ids = profileIds.map((profileId) => `${_id}/${profileId}`);
  const found = await places.find({ _id: { $in: ids }, workspaceId }).toArray();
  return [...found.map(({ seq }) => batchId(_id, seq)), ...(newest ? [newest._id] : [])];
};

/** Friends are planned in the order of their ids, so a few looks find the one batch that a person can be in. */
const batchOfFriend = async (
  { batches }: Store,
  { _id, workspaceId }: Campaign,
  profileId: string,
): Promise<People | null> => {
  const last = await batches
    .find({ _id: batchIds(_id), workspaceId })
    .sort({ _id: -1 })
    .limit(1)
    .project<{ seq: number }>({ seq: 1 })
    .next();
  if (!last) return null;
  let [low, high] = [0, last.seq];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const row = await batches.findOne(
      { _id: batchId(_id, middle), workspaceId },
      { projection: { planCursor: 1 } },
    );
    const endsAt = row?.planCursor ?? null;
    if (endsAt === null || endsAt >= profileId) high = middle;
    else low = middle + 1;
  }
  return batches.findOne({ _id: batchId(_id, low), workspaceId }, { projection: people });
};
