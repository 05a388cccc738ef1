import { fromRanges, recipientsOf, type BatchRow, type Store } from "@yubin/store";
import { LRUCache } from "lru-cache";

import type { Contacts } from "../domain/ports.ts";
import { createBatchFinder, type PlannedFor } from "./batch-finder.ts";

/** Which campaigns there are is remembered for a moment: each slice of each campaign asks. */
const rememberMs = 1_000;

/** How often people were written to, read from the batches that did it. */
export const createContacts = (store: Store): Contacts => {
  const finder = createBatchFinder(store);
  const remembered = new LRUCache<string, readonly PlannedFor[]>({ max: 500, ttl: rememberMs });
  const campaignsSince = async (
    workspaceId: string,
    since: Date,
    fresh: boolean,
  ): Promise<readonly PlannedFor[]> => {
    const key = `${workspaceId}/${Math.floor(since.getTime() / 60_000)}`;
    const known = fresh ? undefined : remembered.get(key);
    if (known) return known;
    const rows = await store.campaigns
      .find({
        workspaceId,
        launchedAt: { $ne: null },
        $or: [{ endedAt: null }, { endedAt: { $gte: since } }],
      })
      .project<{ _id: string; audience: PlannedFor["audience"] }>({ "audience.type": 1 })
      .toArray();
    const campaigns = rows.map(({ _id: id, audience }) => ({ id, workspaceId, audience }));
    remembered.set(key, campaigns);
    return campaigns;
  };

  return {
    countSince: async (workspaceId, profileIds, { since, except, fresh = false }) => {
      const counts = new Map<string, number>();
      const wanted = new Set(profileIds);
      const count = (row: CountedRow): void => {
        for (const profileId of triedIn(row, since))
          if (wanted.has(profileId)) counts.set(profileId, (counts.get(profileId) ?? 0) + 1);
      };
      for (const campaign of await campaignsSince(workspaceId, since, fresh)) {
        if (campaign.id === except.campaignId) continue;
        const ids = [...(await finder.batchesOf(campaign, profileIds))];
        if (ids.length === 0) continue;
        const rows = store.batches
          .find({ _id: { $in: ids }, workspaceId })
          .project<CountedRow>(counted);
        for await (const row of rows) count(row);
      }
      const messages = store.batches
        .find({
          profileId: { $in: [...profileIds] },
          workspaceId,
          campaignId: null,
          createdAt: { $gte: new Date(since.getTime() - delayedMaxMs) },
          purpose: { $ne: null },
          _id: { $ne: except.batchId },
        })
        .project<CountedRow>(counted);
      for await (const row of messages)
        count({ ...row, recipients: row.recipients.map((one) => ({ ...one, ...idOf(row) })) });
      return counts;
    },
  };
};

/** A message may have been asked for long before it was sent. */
const delayedMaxMs = 366 * 86_400_000;

/** Not the bytes of open calls, which are many times as much. */
const counted = {
  recipients: 1,
  packed: 1,
  "calls.members": 1,
  "calls.firstAttemptAt": 1,
  profileId: 1,
} as const;

type CountedRow = Pick<BatchRow, "recipients" | "packed" | "profileId"> & {
  readonly calls: readonly Pick<BatchRow["calls"][number], "members" | "firstAttemptAt">[];
};

const idOf = ({ profileId }: CountedRow): { profileId?: string } =>
  typeof profileId === "string" ? { profileId } : {};

/** Whom LINE has accepted something for since then, or may have. */
const triedIn = (row: CountedRow, since: Date): string[] => {
  const open = new Map(
    row.calls.flatMap(({ members, firstAttemptAt }) =>
      fromRanges(members).map((index) => [index, firstAttemptAt] as const),
    ),
  );
  return recipientsOf(row).flatMap(({ profileId, outcome, firstAttemptAt }, index) => {
    const isTried = outcome === "accepted" || outcome === "unknown";
    const at = open.get(index) ?? (isTried ? firstAttemptAt : undefined);
    return profileId !== undefined && at && at >= since ? [profileId] : [];
  });
};
