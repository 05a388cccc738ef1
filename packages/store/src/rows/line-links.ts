import { defineRows, field } from "../define-rows.ts";

/**
 * A one-time link by which a person proves that a LINE ID is theirs. The token in its URL, the nonces given to LINE and
 * the code to be sent in the chat are kept as hashes. Made and confirmed by ingress; identity notes what LINE said.
 */
export interface LineLinkRow {
  _id: string;
  workspaceId: string;
  tokenHash: string;
  /** Whom the caller named: the profile that the name belongs to, even while that is merged into another. */
  profileId: string;
  provider: string;
  /** Through which account of the business. */
  channelId: string;
  /** Null where whoever confirms may bring any LINE ID. */
  lineUserId: string | null;
  via: "page" | "account_link" | "code";
  locale: string | null;
  state: "created" | "confirmed" | "proven" | "failed" | "declined";
  reason: string | null;
  /** Each good once, and only one of them; the newest is at the end. */
  nonceHashes: string[];
  codeHash: string | null;
  /** Of the nonces and the code. */
  secretsUntil: Date | null;
  /** How often it was confirmed. */
  confirmations: number;
  confirmedAt: Date | null;
  /** What proved or failed it: `page`, or an event's row. */
  provedBy: string | null;
  provenAt: Date | null;
  version: number;
  createdAt: Date;
  expiresAt: Date;
  /** When the row may go: later than LINE redelivers. */
  deleteAt: Date;
}

export const lineLinkRows = defineRows<LineLinkRow>({
  collection: "lineLinks",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    tokenHash: field.text,
    profileId: field.id,
    provider: field.text,
    channelId: field.text,
    lineUserId: field.maybeText,
    via: field.text,
    locale: field.maybeText,
    state: field.text,
    reason: field.maybeText,
    nonceHashes: field.texts,
    codeHash: field.maybeText,
    secretsUntil: field.maybeTime,
    confirmations: field.count,
    confirmedAt: field.maybeTime,
    provedBy: field.maybeText,
    provenAt: field.maybeTime,
    version: field.count,
    createdAt: field.time,
    expiresAt: field.time,
    deleteAt: field.time,
  },
  indexes: [
    { keys: { tokenHash: 1 }, unique: true },
    { keys: { nonceHashes: 1 } },
    { keys: { codeHash: 1 } },
    { keys: { profileId: 1 } },
    { keys: { lineUserId: 1 } },
    { keys: { deleteAt: 1 }, expireAfterSeconds: 0 },
  ],
});
