import { readLinkCode, hashLinkSecret, type LinkProofKind } from "@yubin/types";

import type { InboxEvent } from "./inbox-event.ts";

/** A one-time link that waits for LINE's word, or had it. */
export interface OpenLink {
  readonly id: string;
  readonly workspaceId: string;
  readonly profileId: string;
  readonly provider: string;
  readonly channelId: string;
  /** The only LINE ID that it may bring; null where any may come. */
  readonly lineUserId: string | null;
  readonly state: "created" | "confirmed" | "proven" | "failed" | "declined";
  readonly secretsUntil: Date | null;
  readonly provedBy: string | null;
  readonly version: number;
}

export interface LinkProof {
  readonly lineUserId: string;
  readonly kind: LinkProofKind;
  readonly at: Date;
}

/** What proving asks of the database; each call may be repeated, and fails with `store.unavailable` when it is away. */
export interface LinkStore {
  findBySecret(
    workspaceId: string,
    secret: { readonly nonceHash: string } | { readonly codeHash: string },
  ): Promise<OpenLink | undefined>;
  /** By compare-and-set; false where somebody was faster. */
  prove(link: OpenLink, lineUserId: string, provedBy: string): Promise<boolean>;
  /** Makes its nonces worthless as well. */
  fail(link: OpenLink, reason: string, provedBy: string): Promise<boolean>;
  /** Stores what a proven link ends in, once per link; the row that then waits to be applied. */
  storeCommand(link: OpenLink, proof: LinkProof): Promise<string>;
  wrongCodes(workspaceId: string, who: string): Promise<number>;
  countWrongCode(workspaceId: string, who: string, eventRowId: string): Promise<void>;
}

export interface ProveLinksDeps {
  readonly links: LinkStore;
  readonly providerOf: (workspaceId: string, channelId: string) => Promise<string | undefined>;
  readonly now: () => Date;
  /** Told of commands that wait; must not fail, as the sweeper finds them, too. */
  readonly announce: (workspaceId: string, eventRowIds: readonly string[]) => Promise<void>;
}

/**
 * Looks among applied events for proofs of one-time links: LINE's account-link event, or a code in a chat. Runs before
 * the events get their end, so that a crash repeats it; the link's own state lets each proof work once.
 */
export const proveLinks = async (
  deps: ProveLinksDeps,
  events: readonly InboxEvent[],
): Promise<void> => {
  for (const event of events) {
    if (event.source !== "line") continue;
    const command =
      event.type === "accountLink" ? await byNonce(deps, event) : await byCode(deps, event);
    if (command !== undefined) await deps.announce(event.workspaceId, [command]);
  }
};

const byNonce = async (deps: ProveLinksDeps, event: InboxEvent): Promise<string | undefined> => {
  const { nonceHash, result } = fieldsOf(event.body["link"]);
  if (typeof nonceHash !== "string") return undefined;
  return settle(deps, event, {
    find: () => deps.links.findBySecret(event.workspaceId, { nonceHash }),
    kind: "account_link",
    objection: (link) => (result === "ok" ? mismatchOf(link, event) : "account_link_failed"),
  });
};

/** LINE makes its token for one person on one channel; a nonce that comes back otherwise was carried off. */
const mismatchOf = (link: OpenLink, { channelId, lineUserId }: InboxEvent): string | undefined => {
  if (link.channelId !== channelId) return "other_channel";
  if (lineUserId === null) return "no_line_user";
  return isFor(link, lineUserId) ? undefined : "other_line_account";
};

const wrongCodesMax = 5;
const quarterMs = 900_000;

const byCode = async (deps: ProveLinksDeps, event: InboxEvent): Promise<string | undefined> => {
  const { workspaceId, channelId, lineUserId } = event;
  const code = codeIn(event);
  if (code === undefined || channelId === null || lineUserId === null) return undefined;
  const provider = await deps.providerOf(workspaceId, channelId);
  const quarter = Math.floor(deps.now().getTime() / quarterMs);
  const who = hashLinkSecret([workspaceId, provider, lineUserId, quarter].join("/"));
  if ((await deps.links.wrongCodes(workspaceId, who)) >= wrongCodesMax) return undefined;

  const codeHash = hashLinkSecret(`${workspaceId}/${code}`);
  let isWrong = true;
  const command = await settle(deps, event, {
    find: async () => {
      const link = await deps.links.findBySecret(workspaceId, { codeHash });
      if (link?.provider !== provider || !link || !isFor(link, lineUserId)) return undefined;
      isWrong = !isOpen(link, event);
      return link;
    },
    kind: "link_code",
    objection: () => undefined,
  });
  if (command === undefined && isWrong) await deps.links.countWrongCode(workspaceId, who, event.id);
  return command;
};

interface Settling {
  readonly find: () => Promise<OpenLink | undefined>;
  readonly kind: LinkProofKind;
  /** Why the link fails by this event. */
  readonly objection: (link: OpenLink) => string | undefined;
}

const triesMax = 5;

/** The row of the command that waits now; undefined where the event proves nothing. */
const settle = async (
  { links, now }: ProveLinksDeps,
  event: InboxEvent,
  { find, kind, objection }: Settling,
): Promise<string | undefined> => {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const link = await find();
    if (!link) return undefined;
    const isMine = link.state === "proven" && link.provedBy === event.id;
    if (!isMine && !isOpen(link, event)) return undefined;
    const reason = isMine ? undefined : objection(link);
    if (reason !== undefined) {
      if (await links.fail(link, reason, event.id)) return undefined;
      continue;
    }
    const { lineUserId } = event;
    if (lineUserId === null) return undefined;
    if (isMine || (await links.prove(link, lineUserId, event.id)))
      return links.storeCommand(link, { lineUserId, kind, at: earlier(event.occurredAt, now()) });
  }
  return undefined;
};

/** By the time at which it happened at LINE: a webhook may come late. */
const isOpen = ({ state, secretsUntil }: OpenLink, { occurredAt }: InboxEvent): boolean =>
  state === "confirmed" && secretsUntil !== null && occurredAt <= secretsUntil;

const isFor = (link: OpenLink, lineUserId: string): boolean =>
  link.lineUserId === null || link.lineUserId === lineUserId;

const codeIn = ({ type, body }: InboxEvent): string | undefined => {
  if (type !== "message") return undefined;
  const { type: kind, text } = fieldsOf(body["message"]);
  return kind === "text" && typeof text === "string" ? readLinkCode(text) : undefined;
};

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

const earlier = (one: Date, other: Date): Date => (one < other ? one : other);
