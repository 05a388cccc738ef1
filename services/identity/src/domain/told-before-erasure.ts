import { aliasKey } from "@yubin/types";

import { namesOf } from "./apply-identify.ts";
import type { Draft } from "./draft.ts";
import type { InboxEvent } from "./inbox-event.ts";
import { readIdentify } from "./read-identify.ts";
import { hasHeard } from "./tell-person.ts";
import { withoutNames, type Said } from "./without-names.ts";

export interface ToldBefore {
  readonly homeId: string;
  /** What it said, without the names of who was erased. */
  readonly left: Said;
}

/**
 * A call that names somebody who was erased since, and somebody else who has its words already: an earlier try wrote
 * them, and was overtaken by the erasure before the event got its end. To drop it now would leave words of which no event
 * knows, and which an undo would lose. Undefined where the other does not have them: then it is dropped whole.
 */
export const toldBeforeErasure = (
  draft: Draft,
  event: InboxEvent,
  isErased: (key: string) => boolean,
): ToldBefore | undefined => {
  const call = event.source === "track" && event.type === "identify" && readIdentify(event);
  if (!call) return undefined;
  const names = [...namesOf(call.names).values()];
  const gone = names.filter((name) => isErased(aliasKey(event.workspaceId, name)));
  // What was said under an external id was said of that person.
  if (gone.some(({ kind }) => kind === "user")) return undefined;
  const isUser = call.names.user !== undefined;
  for (const name of names) {
    if (gone.includes(name) || (isUser && name.kind !== "user")) continue;
    const owner = draft.ownerOf(event.workspaceId, name);
    if (!owner?.profile || !hasHeard(owner.profile, call, event.occurredAt)) continue;
    const valuesOf = (isOf: (kind: string) => boolean): Set<string> =>
      new Set(gone.flatMap(({ kind, value }) => (isOf(kind) ? value : [])));
    const left = withoutNames(event, {
      users: new Set(),
      anonymousIds: valuesOf((kind) => kind === "anon"),
      lineUserIds: valuesOf((kind) => kind.startsWith("line/")),
    });
    return { homeId: owner.homeId, left };
  }
  return undefined;
};
