import type { BatchRow } from "./rows/batches.ts";

/**
 * How many of a campaign's batch the month's quota had no room for, beside what they are found by: an index over these
 * three fields alone knows them all, so that they are summed without a look at the batches, of which a million people
 * have thousands. Undefined where there is nobody; ends are for ever, so it never becomes that again.
 */
export const trimmedOf = (
  { workspaceId, campaignId }: Pick<BatchRow, "workspaceId" | "campaignId">,
  reasons: BatchRow["reasons"],
): BatchRow["trimmed"] => {
  const count = reasons.find(({ reason }) => reason === "quota_trimmed")?.count ?? 0;
  return count === 0 || campaignId === null ? undefined : { workspaceId, campaignId, count };
};
