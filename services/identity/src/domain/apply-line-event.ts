import { lineAlias } from "@yubin/types";

import type { Draft } from "./draft.ts";
import type { InboxEvent } from "./inbox-event.ts";
import { findAccount, linkAccount, replaceAccount } from "./link-account.ts";
import { isListing, listingReason, personFrom, toldBy } from "./listing-fact.ts";
import type { LineAccount, Profile } from "./profile.ts";
import { setFriendship } from "./set-friendship.ts";

export interface ApplyLineEventDeps {
  readonly draft: Draft;
  readonly newProfileId: () => string;
  /** Of the event's channel. */
  readonly provider: string;
}

/** Every type in LINE's webhook definition; one that is not here is counted and has no effect. */
export const lineEventTypes: ReadonlySet<string> = new Set(
  `
    message messageEdited unsend follow unfollow join leave memberJoined memberLeft postback videoPlayComplete
    beacon accountLink membership delivery module activated deactivated botSuspended botResumed
  `.match(/\w+/g),
);

/** Brings what LINE told us to the person it is about; events of groups and of nobody are recorded as they are. */
export const applyLineEvent = (deps: ApplyLineEventDeps, event: InboxEvent): void => {
  const { draft } = deps;
  if (!lineEventTypes.has(event.type) && !isListing(event))
    return draft.end({ event, state: "ignored", reason: "type_unknown", profileId: null });

  traceMessage(draft, event);
  const met = event.lineUserId === null ? undefined : meet(deps, event, event.lineUserId);
  const reason = met && isListing(event) ? listingReason(event, met.profile) : null;
  draft.end({ event, state: "applied", reason, profileId: met?.homeId ?? null });
};

/** The profile of a LINE user, opened where there is none: people write and block without having followed. */
const meet = (
  { draft, newProfileId, provider }: ApplyLineEventDeps,
  event: InboxEvent,
  lineUserId: string,
): { readonly homeId: string; readonly profile: Profile } => {
  const { workspaceId, channelId } = event;
  const alias = lineAlias(provider, lineUserId);
  const proof = { kind: proofOf(event), at: event.occurredAt };
  const owner = draft.ownerOf(workspaceId, alias);
  const homeId = owner?.homeId ?? (isListing(event) ? personFrom(event) : newProfileId());
  if (!owner) draft.claim(alias, { homeId, proof: proof.kind, event });
  const known = draft.profile(owner?.profileId ?? homeId, workspaceId);
  const linked = linkAccount(known.lineAccounts, { provider, lineUserId, proof });
  const account = findAccount(linked, { provider, lineUserId });
  if (!account || channelId === null) throw new Error("an account was linked and is not there");

  const told = befriend(account, event, channelId);
  const lineAccounts = replaceAccount(linked, told);
  const profile = lineAccounts === known.lineAccounts ? known : { ...known, lineAccounts };
  draft.put(profile);
  // Names of those listed come later, at the pace of a feed: a hundred thousand jobs would fill Redis.
  if (isListing(event)) return { homeId, profile };
  const unnamed = account.fetchedAt === null && event.type !== "unfollow";
  if (unnamed || (event.type === "follow" && told !== account))
    draft.wantName({ workspaceId, channelId, profileId: profile.id, lineUserId });
  return { homeId, profile };
};

/** Only a follow, an unfollow and LINE's list say whether somebody is a friend; a message proves nothing about it. */
const befriend = (account: LineAccount, event: InboxEvent, channelId: string): LineAccount => {
  const told = toldBy(event);
  if (!told) return account;
  return setFriendship(account, channelId, {
    ...told,
    at: event.occurredAt,
    eventId: event.eventId,
  });
};

const proofOf = (event: InboxEvent): LineAccount["proof"]["kind"] => {
  if (event.type === "follow") return "follow";
  return isListing(event) ? "followers_list" : "event";
};

const traceMessage = (draft: Draft, event: InboxEvent): void => {
  const messageId = idIn(event.body["message"], "id") ?? idIn(event.body["unsend"], "messageId");
  if (messageId === undefined || event.channelId === null) return;
  draft.trace({
    workspaceId: event.workspaceId,
    channelId: event.channelId,
    messageId,
    eventRowId: event.id,
    unsent: event.type === "unsend",
    expireAt: event.expireAt,
  });
};

const idIn = (value: unknown, key: string): string | undefined => {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  const id = (value as Record<string, unknown>)[key];
  return typeof id === "string" ? id : undefined;
};
