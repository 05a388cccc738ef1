import { namesOf } from "./apply-identify.ts";
import type { Draft } from "./draft.ts";
import type { InboxEvent } from "./inbox-event.ts";
import { readIdentify } from "./read-identify.ts";
import { hasHeard } from "./tell-person.ts";

/**
 * The home of whoever had the LINE ID of a call before, and has its words: an earlier try wrote them while the LINE ID
 * was theirs. To tell them of the next one too would make one word two people's. Undefined where nobody has heard it,
 * or the call means somebody by their external id.
 */
export const toldBeforeMove = (draft: Draft, event: InboxEvent): string | undefined => {
  const call = event.lineUserId === null ? undefined : readIdentify(event);
  const line = call && namesOf(call.names).get("line");
  const held = line && draft.held(event.workspaceId, line);
  if (!held || call.names.user !== undefined) return undefined;
  const owner = draft.ownerOf(event.workspaceId, line);
  return held.formerHomes.find((homeId) => {
    const { profileId, profile } = draft.live(homeId);
    if (!profile || profile.erasedAt !== null || profileId === owner?.profileId) return false;
    return hasHeard(profile, call, event.occurredAt);
  });
};
