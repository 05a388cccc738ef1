import type { BatchRow, RecipientRow } from "./rows/batches.ts";

/**
 * Where a batch stands among those of its workspace that have people whose outcome is unknown:
 * `workspace/time/batch`, by the time the first of them was parked. Ends are for ever, so it never changes once it is
 * there. Undefined where there is nobody, so that the index that lists them knows no other batch.
 */
export const unknownPlaceOf = (
  { _id, workspaceId }: Pick<BatchRow, "_id" | "workspaceId">,
  recipients: readonly Pick<RecipientRow, "outcome" | "settledAt">[],
): string | undefined => {
  let first: Date | undefined;
  for (const { outcome, settledAt } of recipients)
    if (outcome === "unknown" && settledAt && (!first || settledAt < first)) first = settledAt;
  return first && `${workspaceId}/${first.toISOString()}/${_id}`;
};

/** All places of one workspace before a place, or all there are. */
export const unknownPlacesBefore = (
  workspaceId: string,
  place: string | undefined,
): { readonly $gte: string; readonly $lt: string } => ({
  $gte: `${workspaceId}/`,
  $lt: place ?? `${workspaceId}0`, // 0 comes right after /
});
