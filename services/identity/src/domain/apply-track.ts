import { canonicalId, trackFacts } from "@yubin/types";

import { applyIdentify, type ApplyIdentifyDeps, type Decided } from "./apply-identify.ts";
import { ended } from "./apply-link.ts";
import type { InboxEvent } from "./inbox-event.ts";
import type { Owner } from "./owner.ts";
import { withoutTraits } from "./read-identify.ts";

/** The facts that tell what somebody did. */
const kinds = ["track", "page", "screen", "group"] as const;
type Kind = (typeof kinds)[number];

export const isTrackFact = (type: string): type is Kind => kinds.some((kind) => kind === type);

/**
 * Brings what somebody did to the person. A track call opens the profile where there is none, as an identify call
 * without traits does; pages, screens and groups are recorded, and name nobody who is not known.
 */
export const applyTrack = (deps: ApplyIdentifyDeps, event: InboxEvent, kind: Kind): Decided => {
  const { draft } = deps;
  const parsed = trackFacts[kind].loose().safeParse(event.body);
  if (!parsed.success) return ended(draft, event, "event_shape");
  if (kind === "track") return applyIdentify(deps, withoutTraits(event));

  const { userId, anonymousId } = parsed.data;
  const ownerOf = (of: "user" | "anon", id: string | undefined): Owner | undefined =>
    id === undefined
      ? undefined
      : draft.ownerOf(event.workspaceId, { kind: of, value: canonicalId(id) });
  const owner = ownerOf("user", userId) ?? ownerOf("anon", anonymousId);
  // An alias whose profile is still to be made is nobody yet.
  const profileId = owner?.profile ? owner.homeId : null;
  draft.end({ event, state: "applied", reason: null, profileId });
  return "decided";
};
