import type { Store } from "@yubin/store";

import type { PeopleStore } from "../domain/people-store.ts";

/** What is about nobody whom we could ever find again, or about somebody who was erased, is not kept. */
const isToForget = new Set<string | null>(["erased", "channel_unknown"]);

/** Writes onto an event's row what became of it; a row that has its end already keeps it. */
export const createEventEnds = ({ events }: Store): Pick<PeopleStore, "end" | "countFailure"> => ({
  end: async (ends, now) => {
    if (ends.length === 0) return;
    await events.bulkWrite(
      ends.map(({ event, state, reason, profileId }) => ({
        updateOne: {
          filter: { _id: event.id, workspaceId: event.workspaceId, state: "stored" },
          update: {
            $set: {
              state,
              reason,
              profileId,
              appliedAt: now,
              nextAt: null,
              ...(isToForget.has(reason) ? { body: {}, lineUserId: null, hash: null } : {}),
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
