import { aliasKeysOf, type Providers, type Situation } from "./read-known.ts";
import { applyAlias } from "./apply-alias.ts";
import { applyCommand } from "./apply-command.ts";
import { applyIdentify, type ApplyIdentifyDeps, type Decided } from "./apply-identify.ts";
import { applyLineEvent } from "./apply-line-event.ts";
import { applyLink, applyUnlink } from "./apply-link.ts";
import { applyMerge } from "./apply-merge.ts";
import { applyResolve } from "./apply-resolve.ts";
import { applyTrack, isTrackFact } from "./apply-track.ts";
import type { MergeRules } from "./hold-merge.ts";
import { isListing } from "./listing-fact.ts";
import { personEffects } from "./person-effects.ts";
import type { EventReason, InboxEvent } from "./inbox-event.ts";
import { toldBeforeErasure } from "./told-before-erasure.ts";
import { toldBeforeMove } from "./told-before-move.ts";

/** What a workspace wants of merging, without the time. */
export type WorkspaceRules = Omit<MergeRules, "now"> & { readonly undoWindowMs: number };

export interface ApplyEventDeps extends ApplyIdentifyDeps {
  /** Of the event's channel; undefined for a channel that is not connected any more. */
  readonly provider: string | undefined;
  readonly providers: Providers;
  readonly known: Situation;
}

/** Brings one event to the people whom it is about. No name is left behind that leads to somebody who was erased. */
export const applyEvent = (deps: ApplyEventDeps, event: InboxEvent): Decided => {
  const decided = applyByType(deps, event);
  if (decided === "decided") deps.draft.dropErased(aliasKeysOf(event, deps.providers));
  return decided;
};

const applyByType = (deps: ApplyEventDeps, event: InboxEvent): Decided => {
  if (isOfErased(deps, event)) return endOfErased(deps, event);
  if (event.source === "line") {
    const { provider } = deps;
    if (provider === undefined) return ignore(deps, event, "channel_unknown");
    applyLineEvent({ ...deps, provider }, event);
    return "decided";
  }
  if (event.source === "api" && Object.hasOwn(personEffects, event.type)) {
    applyCommand(deps.draft, event);
    return "decided";
  }
  if (event.source === "track" && isTrackFact(event.type))
    return applyTrack(deps, event, event.type);
  const apply = appliers[`${event.source}/${event.type}`];
  return apply ? apply(deps, event) : ignore(deps, event, "type_unknown");
};

const appliers: Readonly<Record<string, (deps: ApplyEventDeps, event: InboxEvent) => Decided>> = {
  "track/identify": (deps, event) => {
    const profileId = toldBeforeMove(deps.draft, event);
    if (profileId === undefined) return applyIdentify(deps, event);
    deps.draft.end({ event, state: "applied", reason: null, profileId });
    return "decided";
  },
  "track/alias": applyAlias,
  "api/link": applyLink,
  "api/unlink": applyUnlink,
  "api/merge": applyMerge,
  "api/resolve": (deps, event) => applyResolve({ ...deps, conflicts: deps.known.conflicts }, event),
};

const ignore = ({ draft }: ApplyEventDeps, event: InboxEvent, reason: EventReason): Decided => {
  draft.end({ event, state: "ignored", reason, profileId: null });
  return "decided";
};

const endOfErased = (deps: ApplyEventDeps, event: InboxEvent): Decided => {
  const { draft, known } = deps;
  const isErased = (key: string): boolean => isBefore(event, known.erased.get(key));
  const before = toldBeforeErasure(draft, event, isErased);
  if (!before) return ignore(deps, event, "erased");
  const { homeId: profileId, left } = before;
  draft.end({ event, state: "applied", reason: null, profileId, left });
  return "decided";
};

/**
 * What was said of somebody before they were erased does not bring them back, whenever it comes; and nor does a list of
 * followers, as that they are still on it is nothing that they did.
 */
const isOfErased = ({ draft, known, providers }: ApplyEventDeps, event: InboxEvent): boolean => {
  if (known.erased.size === 0) return false;
  return [...aliasKeysOf(event, providers)].some((key) => {
    const erasedAt = known.erased.get(key);
    if (erasedAt === undefined) return false;
    return isBefore(event, erasedAt) || (isListing(event) && !draft.isOwned(key));
  });
};

/** Whether it was said before a name in it was erased. */
const isBefore = ({ occurredAt }: InboxEvent, erasedAt: Date | undefined): boolean =>
  erasedAt !== undefined && erasedAt >= occurredAt;
