import { retryKeyFrom, type LineMessage } from "@yubin/types";

import type { Batch, Call } from "./batch.ts";

/** A recipient who may be sent something, with the words for them. */
export interface Sendable {
  readonly index: number;
  readonly lineUserId: string;
  readonly messages: readonly LineMessage[];
  readonly notificationDisabled?: boolean | undefined;
}

/**
 * The calls for these people: a push for each, or one multicast for all who get the same words. Body, people, key and time are final.
 * The key follows from the batch and the place in it, so that nothing can ever be asked of LINE twice under two keys.
 */
export const freezeCalls = (
  batch: Batch,
  sendables: readonly Sendable[],
  { now }: { readonly now: Date },
): Call[] => {
  const groups =
    batch.method === "push"
      ? sendables.map((one) => [one])
      : Map.groupBy(sendables, ({ index }) => batch.recipients[index]?.variant).values();
  return [...groups].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const { notificationDisabled } = first;
    const ids = group.map(({ lineUserId }) => lineUserId);
    return frozen(batch, {
      path: batch.generation === 0 ? `${first.index}` : `${first.index}g${batch.generation}`,
      members: group.map(({ index }) => index),
      body: JSON.stringify({
        to: batch.method === "push" ? first.lineUserId : ids,
        messages: first.messages,
        ...(notificationDisabled === undefined ? {} : { notificationDisabled }),
      }),
      now,
    });
  });
};

/** Some people of a refused multicast again, as a call of its own. */
export const splitCall = (
  batch: Batch,
  call: Call,
  part: { readonly suffix: string; readonly places: readonly number[]; readonly now: Date },
): Call => {
  const body = JSON.parse(call.body) as { to: string[] };
  return frozen(batch, {
    path: `${call.path}.${part.suffix}`,
    members: part.places.map((place) => call.members[place] ?? -1),
    body: JSON.stringify({ ...body, to: part.places.map((place) => body.to[place]) }),
    now: part.now,
  });
};

const frozen = (
  { workspaceId, channelId, id, method }: Batch,
  { path, members, body, now }: { path: string; members: number[]; body: string; now: Date },
): Call => ({
  path,
  method,
  members,
  body,
  retryKey: retryKeyFrom(workspaceId, channelId, id, path),
  attempts: 0,
  firstAttemptAt: now,
  nextAt: now,
});
