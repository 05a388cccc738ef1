import type { LineLinkState, LineLinkView, LinkVia, PageLocale } from "@yubin/types";

import type { CommandEnd } from "./commands.ts";

/** A one-time link by which a person proves that a LINE ID is theirs. */
export interface LineLink {
  readonly id: string;
  readonly workspaceId: string;
  readonly tokenHash: string;
  readonly profileId: string;
  readonly provider: string;
  readonly channelId: string;
  /** Null where whoever confirms may bring any LINE ID. */
  readonly lineUserId: string | null;
  readonly via: LinkVia;
  readonly locale: PageLocale | null;
  readonly state: "created" | "confirmed" | "proven" | "failed" | "declined";
  readonly reason: string | null;
  readonly nonceHashes: readonly string[];
  readonly codeHash: string | null;
  /** Of the nonces and the code. */
  readonly secretsUntil: Date | null;
  readonly confirmations: number;
  readonly confirmedAt: Date | null;
  readonly provedBy: string | null;
  readonly provenAt: Date | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly deleteAt: Date;
}

export type LineLinkChange = Partial<
  Pick<
    LineLink,
    | "state"
    | "reason"
    | "nonceHashes"
    | "codeHash"
    | "secretsUntil"
    | "confirmations"
    | "confirmedAt"
    | "provedBy"
    | "provenAt"
  >
>;

export interface LineLinks {
  insert(link: LineLink): Promise<void>;
  find(workspaceId: string, id: string): Promise<LineLink | undefined>;
  /** The token itself names the workspace: whoever has it comes without a key. */
  findByToken(tokenHash: string): Promise<LineLink | undefined>;
  /** Makes every link worthless that could still bring this LINE ID to somebody. */
  withdraw(workspaceId: string, account: { provider: string; lineUserId: string }): Promise<void>;
  /** By compare-and-set on `version`; undefined where it has changed meanwhile. */
  change(link: LineLink, change: LineLinkChange): Promise<LineLink | undefined>;
}

/** How the link stands: `end` is how identity ended what it led to, if it did. */
export const stateOf = (link: LineLink, now: Date, end: CommandEnd | undefined): LineLinkState => {
  switch (link.state) {
    case "proven":
      if (!end) return "confirmed";
      return hasWholeEffect(end) ? "linked" : "failed";
    case "failed":
    case "declined":
      return link.state;
    default:
      return isOver(link, now) ? "expired" : link.state;
  }
};

/** A LINE ID that came from another person, as the workspace wants it, is this person's now. */
export const hasWholeEffect = ({ state, reason }: CommandEnd): boolean =>
  state === "applied" && (reason === null || reason === "line_id_moved");

const isOver = ({ expiresAt, secretsUntil }: LineLink, now: Date): boolean =>
  now > expiresAt && (secretsUntil === null || now > secretsUntil);

/** Whether the person may (still, or again) confirm it: what LINE refused somebody else is no use of it. */
export const mayConfirm = ({ state, expiresAt }: LineLink, now: Date): boolean =>
  (state === "created" || state === "confirmed" || state === "failed") && now <= expiresAt;

export const lineLinkView = (
  link: LineLink,
  now: Date,
  end: CommandEnd | undefined,
): LineLinkView => {
  const state = stateOf(link, now, end);
  return {
    id: link.id,
    state,
    reason: state === "failed" ? (link.reason ?? end?.reason ?? end?.state ?? null) : null,
    via: link.via,
    provider: link.provider,
    channelId: link.channelId,
    profileId: link.profileId,
    lineUserId: link.lineUserId,
    createdAt: link.createdAt.toISOString(),
    expiresAt: link.expiresAt.toISOString(),
    confirmedAt: link.confirmedAt?.toISOString() ?? null,
  };
};
