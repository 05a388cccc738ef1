import type { Store } from "@yubin/store";
import { aliasKey } from "@yubin/types";

import type { EventEnd, InboxEvent } from "../domain/inbox-event.ts";
import { aliasKeysOf } from "../domain/read-known.ts";
import type { PeopleStore } from "../domain/people-store.ts";

/** Writes onto an event's row what became of it; a row that has its end already keeps it. */
export const createEventEnds = ({ events }: Store): Pick<PeopleStore, "end" | "countFailure"> => ({
  end: async (ends, now) => {
    if (ends.length === 0) return;
    await events.bulkWrite(
      ends.map((end) => ({
        updateOne: {
          filter: { _id: end.event.id, workspaceId: end.event.workspaceId, state: "stored" },
          update: {
            $set: {
              state: end.state,
              reason: end.reason,
              profileId: end.profileId,
              appliedAt: now,
              nextAt: null,
              ...(isToForget(end) ? { body: {}, lineUserId: null, hash: null } : leftOf(end)),
            },
          },
        },
      })),
      { ordered: false },
    );
  },
  countFailure: async (event, nextAt) => {
    const end = nextAt ? {} : { state: "quarantined" as const, reason: "apply_failed" };
    await events.updateOne(
      { _id: event.id, workspaceId: event.workspaceId, state: "stored" },
      { $inc: { tries: 1 }, $set: { nextAt, ...end } },
    );
  },
});

const leftOf = ({ event, left }: EventEnd): object =>
  left ? { ...left, hash: null, ...namesOf({ ...event, ...left }) } : namesOf(event);

/**
 * What names one is found by whom it is about, and an address is nobody's own. A command names a person by id, and
 * whoever else by a name.
 */
const namesOf = (event: InboxEvent): { readonly names?: string[] } => {
  if (event.source === "line") return {};
  const names = [...aliasKeysOf(event, new Map())].filter((key) => !isAddress(event, key));
  return names.length > (event.source === "api" ? 0 : 1) ? { names } : {};
};

const isAddress = ({ workspaceId }: InboxEvent, key: string): boolean =>
  key.startsWith(aliasKey(workspaceId, { kind: "email", value: "" }));

const reasonsToForget = new Set<string | null>([
  "erased",
  "profile_erased",
  "profile_unknown",
  "not_linked",
  "channel_unknown",
]);

/** What is about somebody who was erased, or names somebody by whom it could never be found again, is not kept. */
const isToForget = ({ event: { source }, state, reason, profileId }: EventEnd): boolean =>
  reasonsToForget.has(reason) || (source === "track" && state === "applied" && profileId === null);
