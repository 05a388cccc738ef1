import { parseProfileRef, refText } from "@yubin/types";

import { endCalls } from "./apply-answer.ts";
import {
  endAll,
  lineUserIdsIn,
  waitingIn,
  type Batch,
  type Call,
  type Recipient,
} from "./batch.ts";

/** By what somebody who is forgotten may be named. */
export interface Names {
  readonly profileIds: ReadonlySet<string>;
  readonly lineUserIds: ReadonlySet<string>;
  /** As `refText` writes them. */
  readonly refs: ReadonlySet<string>;
}

export const isNamed = (names: Names, text: string): boolean => {
  if (names.profileIds.has(text) || names.lineUserIds.has(text)) return true;
  const ref = parseProfileRef(text);
  return ref !== undefined && names.refs.has(refText(ref));
};

export const isRecipientNamed = (
  names: Names,
  { profileId, lineUserId, ref }: Recipient,
): boolean =>
  [profileId, lineUserId, ref].some((text) => text !== undefined && isNamed(names, text));

/**
 * The batch without what it holds of somebody. Who has an end keeps it; who waits is skipped, and whose push is open is
 * unknown, as it is not repeated. An open multicast that names them is left to get its end, until `isLate`: then nobody
 * in it can be asked about any more.
 */
export const forgetIn = (
  batch: Batch,
  names: Names,
  { now, isLate }: { readonly now: Date; readonly isLate: boolean },
): { readonly batch: Batch; readonly isWhole: boolean } => {
  const named = namedIn(batch, names);
  if (named.size === 0) return { batch, isWhole: true };
  const about = batch.calls.filter(({ members }) => members.some((index) => named.has(index)));
  const dropped = about.filter(({ members }) => isLate || members.length === 1);
  const waiting = waitingIn(batch).filter((index) => named.has(index));
  const skipped = endAll(batch, waiting, { outcome: "skipped", reason: "erased", settledAt: now });
  const ended = endCalls(
    skipped,
    dropped.map((call) => [call, { outcome: "unknown", reason: "erased", settledAt: now }]),
  );
  return {
    batch: {
      ...ended,
      recipients: ended.recipients.map((recipient, index) =>
        named.has(index) ? scrubbed(recipient) : recipient,
      ),
      content: null,
    },
    isWhole: dropped.length === about.length,
  };
};

const namedIn = (batch: Batch, names: Names): ReadonlySet<number> => {
  const named = new Set<number>();
  for (const [index, recipient] of batch.recipients.entries())
    if (isRecipientNamed(names, recipient)) named.add(index);
  for (const call of batch.calls) for (const index of namedInCall(call, names)) named.add(index);
  return named;
};

const namedInCall = (call: Call, names: Names): number[] =>
  lineUserIdsIn(call).flatMap((lineUserId, place) => {
    const index = call.members[place];
    return index !== undefined && names.lineUserIds.has(lineUserId) ? [index] : [];
  });

/** The profile's id stays: there is nothing behind it any more. */
const scrubbed = (recipient: Recipient): Recipient => {
  const kept = { ...recipient };
  for (const name of [
    "ref",
    "data",
    "lineUserId",
    "messageIds",
    "lineRequestId",
    "detail",
  ] as const)
    delete kept[name];
  return kept;
};
