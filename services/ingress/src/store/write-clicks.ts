import { insertResults, type InsertResult, type Store } from "@yubin/store";

import type { Click } from "../domain/click.ts";

/** Clicks on one link that go into one write. */
export interface HeldClicks {
  /** Of their row, where they have one of their own. */
  readonly id: string;
  readonly first: Click;
  count: number;
  firstAt: Date;
  lastAt: Date;
}

type Rows = Pick<Store, "clicks" | "clickLinks">;

/** Never rejects. `duplicate`: somebody else was making the row at the same moment, and nothing was counted. */
export const writeClicks = async (
  rows: Rows,
  some: readonly HeldClicks[],
): Promise<readonly InsertResult[]> => {
  const results = new Map<HeldClicks, InsertResult>();
  const writeAll = async (isOfMessage: boolean, write: typeof countInRows): Promise<void> => {
    const these = some.filter(({ first }) => (first.link.messageId !== null) === isOfMessage);
    if (these.length === 0) return;
    const told = await insertResults(these.length, () => write(rows, these)).catch(
      (error: unknown) => these.map(() => ({ error })),
    );
    for (const [at, result] of told.entries()) if (these[at]) results.set(these[at], result);
  };
  await Promise.all([writeAll(true, countOnLinks), writeAll(false, countInRows)]);
  return some.map((one) => results.get(one) ?? "inserted");
};

const countInRows = ({ clicks }: Rows, some: readonly HeldClicks[]): Promise<unknown> =>
  clicks.bulkWrite(some.map(rowChangeOf), { ordered: false });

/**
 * Of a message in the link's own row and nowhere else: once that is removed, as whom it was for is erased, there is no
 * place left that a click under way could go to.
 */
const countOnLinks = ({ clickLinks }: Rows, some: readonly HeldClicks[]): Promise<unknown> =>
  clickLinks.bulkWrite(some.map(linkChangeOf), { ordered: false });

const rowChangeOf = ({ id, first: { link, place }, count, firstAt, lastAt }: HeldClicks) => ({
  updateOne: {
    filter: { _id: id, workspaceId: link.workspaceId },
    update: {
      $inc: { count },
      $min: { firstAt },
      $max: { lastAt },
      $setOnInsert: {
        campaignId: link.campaignId,
        messageId: link.messageId,
        linkId: link.id,
        place: place ? `${place.batch}/${place.index}` : null,
        expireAt: link.expireAt,
      },
    },
    upsert: true,
  },
});

const linkChangeOf = ({ first: { link }, count, firstAt, lastAt }: HeldClicks) => ({
  updateOne: {
    filter: { _id: link.id, workspaceId: link.workspaceId },
    update: {
      $inc: { "clicked.count": count },
      $min: { "clicked.firstAt": firstAt },
      $max: { "clicked.lastAt": lastAt },
    },
  },
});
