import { idFrom, personCommands } from "@yubin/types";

import { absorb } from "./absorb.ts";
import type { EventEnd, InboxEvent } from "./inbox-event.ts";
import { byAge } from "./merge.ts";
import { liveOwner } from "./owner.ts";
import type { MergePreview, PeopleStore } from "./people-store.ts";
import { readFamilies } from "./read-known.ts";

export interface PreviewDeps {
  readonly people: Pick<PeopleStore, "findProfiles"> & {
    /** Keeps it for a while, for whoever asked. */
    keepPreview(preview: MergePreview): Promise<void>;
  };
  readonly now: () => Date;
}

/** What a merge would do, by the law that it would be done by; nobody is changed. */
export const previewMerge = async (
  { people, now }: PreviewDeps,
  event: InboxEvent,
): Promise<EventEnd> => {
  const parsed = personCommands.preview.safeParse(event.body);
  if (!parsed.success)
    return { event, state: "quarantined", reason: "event_shape", profileId: null };
  const { from, into } = parsed.data;
  const profiles = await readFamilies(people, event.workspaceId, [from, into]);
  const other = liveOwner(profiles, from).profile;
  const one = liveOwner(profiles, into).profile;
  const ignored = (reason: EventEnd["reason"]): EventEnd => ({
    event,
    state: "ignored",
    reason,
    profileId: into,
  });
  if (!one || !other) return ignored("profile_unknown");
  if (one.erasedAt || other.erasedAt) return ignored("profile_erased");
  if (one.id === other.id) return ignored("already_same");

  const [survivor = one, loser = other] = [one, other].toSorted(byAge);
  const lendsExternalId = loser.id === one.id && loser.externalId !== null;
  await people.keepPreview({
    id: idFrom("merge", event.id, "preview"),
    workspaceId: event.workspaceId,
    eventRowId: event.id,
    survivor,
    loser,
    lendsExternalId,
    values: absorb(survivor, { ...loser, lendsExternalId }).values,
    at: now(),
  });
  return { event, state: "applied", reason: null, profileId: into };
};
