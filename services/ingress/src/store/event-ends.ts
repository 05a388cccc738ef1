import type { Store } from "@yubin/store";

import type { CommandsDeps } from "../domain/commands.ts";

/** How identity ended an event. */
export const createEventEnds =
  ({ events }: Store): CommandsDeps["findEnd"] =>
  async (workspaceId, eventRowId) => {
    const row = await events.findOne(
      { _id: eventRowId, workspaceId },
      { projection: { state: 1, reason: 1, profileId: 1 } },
    );
    if (!row || row.state === "stored") return undefined;
    return { eventRowId, state: row.state, reason: row.reason, profileId: row.profileId };
  };
