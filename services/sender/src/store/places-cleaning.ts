import type { CampaignRow, Store } from "@yubin/store";

import type { CampaignWithPlaces, CleanPlacesDeps } from "../domain/clean-places.ts";
import { placeIdsOf } from "./plans.ts";

type Row = Pick<
  CampaignRow,
  "_id" | "workspaceId" | "audience" | "endedAt" | "placesGone" | "placesUntil"
>;

export const createPlacesCleaning = ({
  campaigns,
  places,
}: Pick<Store, "campaigns" | "places">): CleanPlacesDeps["places"] => {
  /** Whoever is second changes nothing. */
  const asRead = ({ campaignId, workspaceId, due }: CampaignWithPlaces) => ({
    _id: campaignId,
    workspaceId,
    placesUntil: due,
  });
  return {
    due: async (before, max) => {
      const rows = await campaigns
        .find({ placesUntil: { $lt: before } })
        .project<Row>({
          workspaceId: 1,
          "audience.type": 1,
          endedAt: 1,
          placesGone: 1,
          placesUntil: 1,
        })
        .sort({ placesUntil: 1 })
        .limit(max)
        .toArray();
      return rows.map(toCampaign);
    },
    keep: async (campaign, until) => {
      await campaigns.updateOne(asRead(campaign), { $set: { placesUntil: until } });
    },
    leave: async (campaign, until) => {
      const change = { placesGone: true, placesUntil: until };
      await campaigns.updateOne(asRead(campaign), { $set: change });
    },
    removeSome: async ({ campaignId, workspaceId }, max) => {
      const some = await places
        .find({ _id: placeIdsOf(campaignId), workspaceId })
        .project<{ _id: string }>({ _id: 1 })
        .limit(max)
        .toArray();
      const ids = some.map(({ _id }) => _id);
      if (ids.length > 0) await places.deleteMany({ _id: { $in: ids }, workspaceId });
      return ids.length;
    },
    done: async (campaign) => {
      await campaigns.updateOne(asRead(campaign), { $unset: { placesUntil: "" } });
    },
  };
};

const toCampaign = (row: Row): CampaignWithPlaces => ({
  campaignId: row._id,
  workspaceId: row.workspaceId,
  isFoundByPlaces: row.audience.type === "list",
  endedAt: row.endedAt,
  isLeft: row.placesGone ?? false,
  due: row.placesUntil ?? new Date(0),
});
