import type { AliasRow, EventRow, MessageTraceRow, ProfileRow } from "@yubin/store";

import type { InboxEvent } from "../domain/inbox-event.ts";
import type { AliasHeld } from "../domain/owner.ts";
import type { Claim, MessageTrace } from "../domain/people-store.ts";
import type { Profile } from "../domain/profile.ts";

/** Rows written before a field existed lack it. */
export const toProfile = ({ _id, ...row }: ProfileRow): Profile => ({
  id: _id,
  ...row,
  suppressionAt: row.suppressionAt ?? row.suppression?.at ?? null,
  externalIds: row.externalIds ?? (row.externalId === null ? [] : [row.externalId]),
  mergeId: row.mergeId ?? null,
  lendsExternalId: row.lendsExternalId ?? false,
  notSameAs: row.notSameAs ?? [],
  mergeRate: row.mergeRate ?? null,
  absorbing: row.absorbing ?? [],
  splitting: row.splitting ?? [],
  recentFacts: row.recentFacts ?? [],
  erasing: row.erasing ?? null,
  erasedAt: row.erasedAt ?? null,
});

export const toProfileRow = ({ id, ...profile }: Profile): ProfileRow => ({
  _id: id,
  ...(profile as Omit<ProfileRow, "_id">),
});

export const toInboxEvent = (row: EventRow): InboxEvent => ({
  id: row._id,
  workspaceId: row.workspaceId,
  channelId: row.channelId,
  source: row.source,
  type: row.type,
  eventId: row.eventId,
  occurredAt: row.occurredAt,
  receivedAt: row.receivedAt,
  expireAt: row.expireAt,
  lineUserId: row.lineUserId,
  body: row.body,
  tries: row.tries ?? 0,
});

export const toAliasHeld = (row: AliasRow): AliasHeld => ({
  workspaceId: row.workspaceId,
  kind: row.kind,
  value: row.value,
  homeId: row.profileId,
  movedFrom: row.movedFrom ?? null,
  formerHomes: row.formerHomes ?? [],
  movedBy: row.movedBy ?? null,
  proof: row.proof,
  provenAt: row.provenAt ?? null,
});

export const toAliasRow = ({ key, alias, ...claim }: Claim): AliasRow => ({
  _id: key,
  kind: alias.kind,
  value: alias.value,
  workspaceId: claim.workspaceId,
  profileId: claim.profileId,
  proof: claim.proof,
  since: claim.since,
  provenAt: claim.provenAt,
});

/** Message ids are LINE's and of digits; the encoding keeps one that is not from reaching into another's range. */
export const tracePrefix = ({ channelId, messageId }: MessageTrace): string =>
  `${channelId}/${encodeURIComponent(messageId)}/`;

export const toTraceRow = (trace: MessageTrace): MessageTraceRow => ({
  _id: trace.unsent ? tracePrefix(trace) : `${tracePrefix(trace)}${trace.eventRowId}`,
  workspaceId: trace.workspaceId,
  eventRowId: trace.eventRowId,
  expireAt: trace.expireAt,
});
