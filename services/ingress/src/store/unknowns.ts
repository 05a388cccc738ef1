import { unknownPlacesBefore, type BatchRow, type Store } from "@yubin/store";

import type { Unknown, UnknownFilter, Unknowns } from "../domain/unknown.ts";
import { recipientsIn, withPeople, type RecipientsRow } from "./recipients.ts";

type Row = RecipientsRow &
  Pick<BatchRow, "channelId" | "campaignId" | "origin" | "profileId" | "unknownPlace">;

/**
 * By an index that has only batches with somebody unknown in it, so that reading costs what is found and not what was
 * ever sent.
 */
export const createUnknowns = (store: Store): Unknowns => ({
  nextBatch: async (workspaceId, filter, after) => {
    const rest = after && Number.isFinite(after.index) ? after : undefined;
    const row =
      (rest && (await batchAt(store, workspaceId, filter, { $eq: rest.batch }))) ??
      (await batchAt(store, workspaceId, filter, unknownPlacesBefore(workspaceId, after?.batch)));
    if (!row?.unknownPlace) return undefined;
    const batch = row.unknownPlace;
    const from = batch === rest?.batch ? rest.index + 1 : 0;
    const meant = recipientsIn(row).filter(
      ({ outcome, reason, place: { index } }) =>
        outcome === "unknown" &&
        index >= from &&
        (filter.reason === undefined || reason === filter.reason),
    );
    const people = await withPeople(
      store,
      workspaceId,
      meant.map((one) => ({ ...one, profileId: one.profileId ?? row.profileId ?? null })),
    );
    const campaignName = await nameOf(store, workspaceId, row.campaignId);
    return {
      batch,
      unknowns: people.map((recipient): Unknown => ({
        place: { batch, index: recipient.place.index },
        campaignId: row.campaignId ?? row.origin?.campaignId ?? null,
        campaignName,
        messageId: row.campaignId === null ? row._id : null,
        channelId: row.channelId,
        recipient,
      })),
    };
  },
});

const batchAt = (
  { batches }: Store,
  workspaceId: string,
  { channelId, campaignId, reason }: UnknownFilter,
  place: { readonly $eq: string } | ReturnType<typeof unknownPlacesBefore>,
): Promise<Row | null> =>
  batches
    .find({
      unknownPlace: place,
      workspaceId,
      ...(channelId === undefined ? {} : { channelId }),
      ...(campaignId === undefined
        ? {}
        : { $or: [{ campaignId }, { campaignId: null, "origin.campaignId": campaignId }] }),
      ...(reason === undefined
        ? {}
        : { reasons: { $elemMatch: { outcome: "unknown" as const, reason } } }),
    })
    .project<Row>({
      seq: 1,
      recipients: 1,
      packed: 1,
      "calls.members": 1,
      "calls.firstAttemptAt": 1,
      channelId: 1,
      campaignId: 1,
      origin: 1,
      profileId: 1,
      unknownPlace: 1,
    })
    .sort({ unknownPlace: -1 })
    .limit(1)
    .next();

const nameOf = async (
  { campaigns }: Store,
  workspaceId: string,
  campaignId: string | null,
): Promise<string | null> => {
  if (campaignId === null) return null;
  const filter = { _id: campaignId, workspaceId };
  return (await campaigns.findOne(filter, { projection: { name: 1 } }))?.name ?? null;
};
