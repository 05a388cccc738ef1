import type { AudiencePageRow, Store } from "@yubin/store";
import { erasedRef } from "@yubin/types";

import { isNamed, type Names } from "../domain/forget-in.ts";
import type { Erasure } from "../domain/forget-person.ts";
import { createBatchFinder } from "./batch-finder.ts";
import { listCursor } from "./list-pages.ts";

type Page = Pick<AudiencePageRow, "_id" | "campaignId" | "listId" | "refs">;

export interface ListTraces {
  /** The batches that were made of rows that name them, or did until they were taken out. */
  batches(erasure: Erasure): AsyncIterable<string>;
  /** Takes them out of all uploaded lists, in their place, with what was said of them. */
  remove(erasure: Erasure): Promise<void>;
}

/** Where uploaded lists name somebody. Pages remember whose erasure changed them, so that a second look finds them too. */
export const createListTraces = (store: Store): ListTraces => {
  const finder = createBatchFinder(store);
  const pagesNaming = ({ workspaceId, names, id }: Erasure) =>
    store.audiencePages
      .find({ workspaceId, $or: [{ refs: { $in: spellingsOf(names) } }, { erasures: id }] })
      .project<Page>({ campaignId: 1, listId: 1, refs: 1 })
      .batchSize(1);
  return {
    batches: async function* (erasure) {
      const { workspaceId } = erasure;
      for await (const page of pagesNaming(erasure)) {
        const campaign = { _id: page.campaignId, workspaceId, "list.id": page.listId };
        if (!(await store.campaigns.findOne(campaign, { projection: { _id: 1 } }))) continue;
        const place = Number(page._id.slice(page.listId.length + 1));
        const [from, to] = [listCursor(place, 1), listCursor(place + 1, 0)];
        yield* await finder.batchesAt({ id: page.campaignId, workspaceId }, from, to);
      }
    },
    remove: async (erasure) => {
      for await (const { _id, refs } of pagesNaming(erasure))
        for (const [place, ref] of refs.entries())
          if (isNamed(erasure.names, ref))
            await store.audiencePages.updateOne(
              { _id, workspaceId: erasure.workspaceId, [`refs.${place}`]: ref },
              {
                $set: { [`refs.${place}`]: erasedRef, [`data.${place}`]: null },
                $addToSet: { erasures: erasure.id },
              },
            );
    },
  };
};

/** Rows hold references in their one spelling. */
const spellingsOf = ({ refs, profileIds }: Names): string[] => [...refs, ...profileIds];
