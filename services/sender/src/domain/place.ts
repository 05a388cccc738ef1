import { controlGroup } from "@yubin/types";

import { lineUserIdsIn, type Batch } from "./batch.ts";
import type { Place } from "./ports.ts";

/** Where a profile stands in a batch, as far as that batch tells. */
export const placeIn = (
  { recipients, calls }: Pick<Batch, "recipients" | "calls">,
  profileId: string,
): Omit<Place, "claimed"> | undefined => {
  const index = recipients.findIndex((one) => one.profileId === profileId);
  const recipient = recipients[index];
  if (!recipient) return undefined;
  const call = calls.find(({ members }) => members.includes(index));
  const lineUserId = call ? lineUserIdsIn(call)[call.members.indexOf(index)] : recipient.lineUserId;
  const to = lineUserId === undefined ? {} : { lineUserId };
  if (call || recipient.firstAttemptAt) return { state: "tried", ...to };
  if (recipient.variant === controlGroup) return { state: "control" };
  return { state: recipient.outcome === undefined ? "waiting" : "over" };
};
