import { recipientsOf, type BatchRow, type CampaignRow, type Store } from "@yubin/store";
import { erasedRef } from "@yubin/types";

import { isNamed, isRecipientNamed, type Names } from "../domain/forget-in.ts";
import type { Erasure, ForgetDeps } from "../domain/forget-person.ts";
import { createBatchFinder } from "./batch-finder.ts";
import { familySendId } from "./families.ts";
import { createListTraces } from "./list-traces.ts";
import { idsOf } from "./plans.ts";

type Audience = Pick<
  CampaignRow,
  "_id" | "workspaceId" | "audience" | "exclude" | "familySends" | "placesGone"
>;

const pageSize = 100;

/** Where the sender's collections name somebody. */
export const createTraces = (store: Store): ForgetDeps["traces"] => {
  const batchesIn = createCampaignTraces(store);
  const lists = createListTraces(store);
  return {
    batches: async function* (erasure) {
      const { workspaceId, names } = erasure;
      for await (const campaign of campaignsOf(store, workspaceId))
        for (const batchId of await batchesIn(campaign, names)) yield { workspaceId, batchId };
      for await (const batchId of lists.batches(erasure)) yield { workspaceId, batchId };
      const messages = store.batches
        .find({ workspaceId, campaignId: null, "recipients.ref": { $in: [...names.refs] } })
        .project<{ _id: string }>({ _id: 1 })
        .batchSize(pageSize);
      for await (const { _id } of messages) yield { workspaceId, batchId: _id };
    },
    remove: async (erasure) => {
      for await (const campaign of campaignsOf(store, erasure.workspaceId))
        await removeFromAudience(store, campaign, erasure.names);
      await lists.remove(erasure);
      await removeFromLetters(store, erasure);
      await removeFromAnswers(store, erasure);
    },
    removeWord: async ({ workspaceId, names }) => {
      for await (const { _id } of campaignsOf(store, workspaceId, { familySends: true }))
        await store.familySends.deleteMany({ _id: { $in: wordIds(_id, names) }, workspaceId });
    },
  };
};

/** Newest first: what is on its way is found first. */
const campaignsOf = (
  { campaigns }: Store,
  workspaceId: string,
  more: { readonly familySends?: true } = {},
) =>
  campaigns
    .find({ workspaceId, ...more })
    .project<Audience>({ workspaceId: 1, audience: 1, exclude: 1, familySends: 1, placesGone: 1 })
    .sort({ _id: -1 })
    .batchSize(pageSize);

const wordIds = (campaignId: string, { lineUserIds }: Names): string[] =>
  [...lineUserIds].map((one) => familySendId(campaignId, one));

/** The batches of one campaign that name them: by its plan, or one by one where it is a short list of references. */
const createCampaignTraces = (store: Store) => {
  const finder = createBatchFinder(store);
  return async (campaign: Audience, names: Names): Promise<Iterable<string>> => {
    const { _id: id, workspaceId, audience, placesGone } = campaign;
    if (audience.type !== "refs") {
      // Others have been sent to at their LINE IDs, when they were one person.
      const word = campaign.familySends
        ? await store.familySends.find({ _id: { $in: wordIds(id, names) }, workspaceId }).toArray()
        : [];
      const profileIds = [...names.profileIds, ...word.flatMap((row) => row.profileIds)];
      return finder.batchesOf({ id, workspaceId, audience, placesGone }, profileIds);
    }
    const found: string[] = [];
    const rows = store.batches
      .find({ _id: idsOf(id), workspaceId })
      .project<Pick<BatchRow, "_id" | "recipients" | "packed">>({ recipients: 1, packed: 1 });
    for await (const row of rows)
      if (recipientsOf(row).some((one) => isRecipientNamed(names, one))) found.push(row._id);
    return found;
  };
};

/** In its place, as planning counts places. */
const removeFromAudience = async (
  { campaigns }: Store,
  { _id, workspaceId, audience, exclude }: Audience,
  names: Names,
): Promise<void> => {
  const lists = {
    "audience.refs": audience.type === "refs" ? audience.refs : [],
    "exclude.refs": exclude?.refs ?? [],
  };
  for (const [path, refs] of Object.entries(lists))
    for (const [place, ref] of refs.entries())
      if (isNamed(names, ref))
        await campaigns.updateOne(
          { _id, workspaceId, [`${path}.${place}`]: ref },
          { $set: { [`${path}.${place}`]: erasedRef } },
        );
};

/** A letter stays, and says that what it was about is gone. */
const removeFromLetters = async (
  { deadLetters }: Store,
  { workspaceId, names }: Erasure,
): Promise<void> => {
  for await (const { _id, payload } of deadLetters.find({ workspaceId }).batchSize(pageSize))
    if (isSaidIn(payload, names))
      await deadLetters.updateOne({ _id, workspaceId }, { $set: { payload: { erased: true } } });
};

/** The key stays used: a request that is repeated must not make the person anew. */
const removeFromAnswers = async (
  { idempotency }: Store,
  { workspaceId, names }: Erasure,
): Promise<void> => {
  const answered = { workspaceId, _id: { $gte: `${workspaceId}/`, $lt: `${workspaceId}0` } };
  for await (const { _id, answer } of idempotency.find(answered).batchSize(pageSize))
    if (answer && isSaidIn(answer.body, names))
      await idempotency.updateOne(
        { _id, workspaceId },
        { $set: { "answer.body": { erased: true } } },
      );
};

const isSaidIn = (value: unknown, names: Names): boolean => {
  if (typeof value === "string") return isNamed(names, value);
  return typeof value === "object" && value !== null
    ? Object.values(value).some((one) => isSaidIn(one, names))
    : false;
};
