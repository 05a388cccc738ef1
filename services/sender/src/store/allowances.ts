import type { Store } from "@yubin/store";

import type { QuotaDeps } from "../domain/quota-deps.ts";
import type { Campaign } from "../domain/ports.ts";

/** Writes to a campaign each name its run: what was judged for an earlier one changes nothing. */
export const createAllowances = ({
  campaigns,
}: Pick<Store, "campaigns">): QuotaDeps["allowances"] => {
  const goingOn = { state: { $in: ["planning", "sending"] } } as const;
  const change = async (filter: object, set: object, runs = 0): Promise<boolean> => {
    const result = await campaigns.updateOne(filter, { $set: set, $inc: { run: runs } });
    return result.matchedCount === 1;
  };
  const ofRun = ({ id, workspaceId, run }: Campaign) => ({ _id: id, workspaceId, run });
  const unjudged = (campaign: Campaign) => ({
    ...ofRun(campaign),
    ...goingOn,
    "allowance.run": { $ne: campaign.run },
  });
  /** As far as it was read. */
  const reached = (campaign: Campaign) => {
    const { allowance } = campaign;
    return {
      ...ofRun(campaign),
      ...goingOn,
      "allowance.run": campaign.run,
      "allowance.people": allowance?.people,
      "allowance.through": allowance?.through,
      "allowance.room": allowance?.room,
      "allowance.trims": false,
    };
  };
  return {
    allow: (campaign, allowance, fedBatches) =>
      change(
        { ...unjudged(campaign), fedBatches: campaign.fedBatches },
        { allowance, fedBatches, quotaUnknown: null },
      ),
    stopShort: (campaign, allowance) =>
      change(unjudged(campaign), {
        state: "paused",
        stateReason: "quota_short",
        nextAt: null,
        allowance,
        quotaUnknown: null,
      }),
    extend: (campaign, { through, room }) =>
      change(reached(campaign), { "allowance.through": through, "allowance.room": room }),
    raise: (campaign, people) => change(reached(campaign), { "allowance.people": people }),
    trimRest: (campaign) => change(reached(campaign), { "allowance.trims": true }),
    pause: (campaign, lookAt) =>
      change(reached(campaign), { state: "paused", stateReason: "quota", nextAt: lookAt }),
    goOn: (campaign, now) =>
      change(
        { ...ofRun(campaign), state: "paused", stateReason: "quota" },
        {
          state: campaign.plannedBatches === null ? "planning" : "sending",
          stateReason: null,
          nextAt: now,
          quotaWaived: false,
        },
        1,
      ),
    noteUnknown: async (campaign, now) => {
      const { id, workspaceId, run } = campaign;
      await change(
        { ...ofRun(campaign), "quotaUnknown.run": { $ne: run } },
        { quotaUnknown: { run, since: now } },
      );
      const row = await campaigns.findOne(
        { _id: id, workspaceId },
        { projection: { quotaUnknown: 1 } },
      );
      return row?.quotaUnknown?.run === run ? row.quotaUnknown.since : now;
    },
  };
};
