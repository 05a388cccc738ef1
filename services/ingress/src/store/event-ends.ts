import type { Store } from "@yubin/store";

import type { CommandsDeps } from "../domain/commands.ts";

/** How identity ended an event. */
export const createEventEnds =
  ({ events }: Store): CommandsDeps["findEnd"] =>
  async (workspaceId, eventRowId) => {
    const row = await events.findOne(
      { _id: eventRowId, workspaceId },
      { projection: { state: 1, reason: 1, profileId: 1, hash: 1 } },
    );
    if (!row || row.state === "stored") return undefined;
    const { state, reason, profileId, hash = null } = row;
    return { eventRowId, hash, state, reason, profileId };
  };
