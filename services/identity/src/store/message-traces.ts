import { replyTokenId, type EventRow, type Store } from "@yubin/store";

import type { MessageTrace, PeopleStore } from "../domain/people-store.ts";
import { insertUnordered } from "./insert-unordered.ts";
import { tracePrefix, toTraceRow } from "./people-rows.ts";

/**
 * Finds what an unsend takes back. Message and unsend each write their trace before they look for the other's, so that
 * at least one of two at the same time sees both.
 */
export const createMessageTraces = ({
  events,
  messageTraces,
  replyTokens,
}: Store): Pick<PeopleStore, "traceMessages" | "purge"> => ({
  traceMessages: async (traces) => {
    await insertUnordered(messageTraces, traces.map(toTraceRow));
    const messages = traces.filter(({ unsent }) => !unsent);
    const unsends = traces.filter(({ unsent }) => unsent);
    const takenBack = await messageTraces
      .find(
        { _id: { $in: messages.map(tracePrefix) }, workspaceId: { $in: workspacesOf(messages) } },
        { projection: { _id: 1 } },
      )
      .toArray();
    const gone = new Set(takenBack.map(({ _id }) => _id));
    const purged = messages.filter((trace) => gone.has(tracePrefix(trace)));
    const found = await Promise.all(
      unsends.map((trace) =>
        messageTraces
          .find({
            _id: { $gt: tracePrefix(trace), $lt: `${tracePrefix(trace)}\uffff` },
            workspaceId: trace.workspaceId,
          })
          .toArray(),
      ),
    );
    return [...new Set([...purged, ...found.flat()].map(({ eventRowId }) => eventRowId))];
  },
  purge: async (workspaceId, eventIds, now) => {
    if (eventIds.length === 0) return;
    const said = await events
      .find({ _id: { $in: [...eventIds] }, workspaceId })
      .project<Pick<EventRow, "channelId" | "lineUserId" | "eventId">>(whose)
      .toArray();
    const tokens = said.flatMap(({ channelId, lineUserId, eventId }) =>
      channelId === null || lineUserId === null
        ? []
        : [replyTokenId({ channelId, lineUserId, eventId })],
    );
    await replyTokens.deleteMany({ _id: { $in: tokens }, workspaceId });
    await events.updateMany(
      { _id: { $in: [...eventIds] }, workspaceId },
      // The hash goes too: of a short text it would give the text away.
      { $set: { body: { unsentAt: now }, hash: null } },
    );
  },
});

const whose = { channelId: 1, lineUserId: 1, eventId: 1 } as const;

const workspacesOf = (traces: readonly MessageTrace[]): string[] => [
  ...new Set(traces.map(({ workspaceId }) => workspaceId)),
];
