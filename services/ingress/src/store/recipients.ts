import { recipientsOf, fromRanges, type BatchRow, type CallRow, type Store } from "@yubin/store";
import { erasedRef } from "@yubin/types";

import {
  placeText,
  type Recipient,
  type RecipientFilter,
  type Recipients,
} from "../domain/recipient.ts";
import { clicksOfPlaces } from "./person-clicks.ts";

export type RecipientsRow = Pick<BatchRow, "_id" | "seq" | "recipients" | "packed"> & {
  readonly calls: readonly Pick<CallRow, "members" | "firstAttemptAt">[];
};

export const createRecipients = (store: Store): Recipients => ({
  nextBatch: async ({ id, workspaceId, tellsClicks }, filter, after) => {
    const row = await store.batches
      .find({
        _id: { $gte: batchId(id, after.seq), $lt: `${id}0` }, // 0 comes right after /
        workspaceId,
        endOfPlan: { $ne: true },
        ...someoneIn(filter),
      })
      .project<RecipientsRow>({
        seq: 1,
        recipients: 1,
        packed: 1,
        "calls.members": 1,
        "calls.firstAttemptAt": 1,
      })
      .sort({ _id: 1 })
      .limit(1)
      .next();
    if (!row) return undefined;
    const from = row.seq === after.seq ? after.index + 1 : 0;
    const meant = recipientsIn(row).filter(
      (one) => one.place.index >= from && isMeant(filter, one),
    );
    const people = await withPeople(store, workspaceId, meant);
    const recipients = tellsClicks
      ? await withClicks(store, { workspaceId, campaignId: id }, people)
      : people;
    return { seq: row.seq, recipients };
  },
});

const batchId = (campaignId: string, seq: number): string =>
  `${campaignId}/${String(seq).padStart(6, "0")}`;

/** By the counts of a batch, which are written with its outcomes, so that most batches need not be looked into. */
const someoneIn = ({ outcome: asked, reason, variant }: RecipientFilter) => {
  const outcome = asked === "sending" ? "queued" : asked;
  return {
    ...(variant === undefined
      ? {}
      : {
          variantCounts: {
            $elemMatch: {
              variant,
              ...(outcome === undefined ? {} : { outcome }),
              ...(reason === undefined ? {} : { reason }),
            },
          },
        }),
    ...(outcome === undefined ? {} : { [`counts.${outcome}`]: { $gt: 0 } }),
    ...(reason === undefined
      ? {}
      : { reasons: { $elemMatch: { reason, ...(outcome === undefined ? {} : { outcome }) } } }),
    ...(asked === "sending" ? { "calls.0": { $exists: true } } : {}),
  };
};

const isMeant = ({ outcome, reason, variant }: RecipientFilter, recipient: Recipient): boolean =>
  (variant === undefined || recipient.variant === variant) &&
  (outcome === undefined || isEndedAs(outcome, recipient)) &&
  (reason === undefined || recipient.reason === reason);

const isEndedAs = (
  outcome: NonNullable<RecipientFilter["outcome"]>,
  { outcome: end, attempted }: Recipient,
): boolean => (outcome === "sending" ? end === null && attempted : (end ?? "queued") === outcome);

/** As the batch has them; who they are otherwise is looked up for those who are meant. */
export const recipientsIn = (row: RecipientsRow): Recipient[] => {
  const callAt = new Map<number, Date>();
  for (const { members, firstAttemptAt } of row.calls)
    for (const index of fromRanges(members)) callAt.set(index, firstAttemptAt);
  return recipientsOf({ ...row, recipients: row.recipients, packed: row.packed ?? null }).map(
    (one, index) => ({
      place: { seq: row.seq, index },
      profileId: one.profileId ?? null,
      externalId: null,
      ref: one.ref ?? null,
      lineUserId: one.lineUserId ?? null,
      variant: one.variant ?? null,
      attempted: callAt.has(index) || one.firstAttemptAt !== undefined,
      outcome: one.outcome ?? null,
      reason: one.reason ?? null,
      firstAttemptAt: one.firstAttemptAt ?? callAt.get(index) ?? null,
      settledAt: one.settledAt ?? null,
      lineRequestId: one.lineRequestId ?? null,
      messageIds: one.messageIds ?? [],
      detail: one.detail ?? null,
      clicks: null,
      erased: one.ref === erasedRef,
    }),
  );
};

const withClicks = async (
  store: Store,
  campaign: { readonly workspaceId: string; readonly campaignId: string },
  recipients: readonly Recipient[],
): Promise<Recipient[]> => {
  const places = recipients.filter(({ erased }) => !erased).map(({ place }) => placeText(place));
  const clicksOf = await clicksOfPlaces(store, campaign, places);
  return recipients.map((one) => ({ ...one, clicks: clicksOf(placeText(one.place)) }));
};

interface Who {
  readonly externalId: string | null;
  readonly erased: boolean;
}

export const withPeople = async (
  store: Store,
  workspaceId: string,
  recipients: readonly Recipient[],
): Promise<Recipient[]> => {
  const ids = [...new Set(recipients.flatMap(({ profileId }) => profileId ?? []))];
  const known = await whoAre(store, workspaceId, ids);
  return recipients.map((one) => {
    const who = one.profileId === null ? undefined : known(one.profileId);
    return who ? { ...one, externalId: who.externalId, erased: one.erased || who.erased } : one;
  });
};

/** A chain of merges is followed so far; identity keeps it to two. */
const hopsMax = 8;

/** People as they are now: whoever was merged is who the survivor is, and erased with them. */
const whoAre = async (
  { profiles }: Store,
  workspaceId: string,
  ids: readonly string[],
): Promise<(profileId: string) => Who | undefined> => {
  const rows = new Map<string, Who & { readonly mergedInto: string | null }>();
  let ask = ids;
  for (let hop = 0; hop < hopsMax && ask.length > 0; hop += 1) {
    const found = await profiles
      .find(
        { _id: { $in: [...ask] }, workspaceId },
        { projection: { externalId: 1, mergedInto: 1, erasedAt: 1 } },
      )
      .toArray();
    for (const { _id, externalId, mergedInto, erasedAt } of found)
      rows.set(_id, { externalId, mergedInto, erased: (erasedAt ?? null) !== null });
    ask = [...new Set(found.flatMap(({ mergedInto }) => mergedInto ?? []))].filter(
      (id) => !rows.has(id),
    );
  }
  return (profileId) => {
    let row = rows.get(profileId);
    let erased = row?.erased ?? false;
    for (let hop = 0; hop < hopsMax && row && row.mergedInto !== null; hop += 1) {
      row = rows.get(row.mergedInto);
      erased ||= row?.erased ?? false;
    }
    return row && { externalId: row.externalId, erased };
  };
};
