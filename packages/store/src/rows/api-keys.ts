import type { Scope } from "@yubin/types";

import { defineRows, field } from "../define-rows.ts";

/** An API key: `_id` is the SHA-256 of the key, which itself is kept nowhere. */
export interface ApiKeyRow {
  _id: string;
  /** How lists and requests name it: `key_…`. */
  keyId: string;
  workspaceId: string;
  /** What is shown of it, e.g. `yb_live_3fA9`. */
  prefix: string;
  scopes: Scope[];
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
}

export const apiKeyRows = defineRows<ApiKeyRow>({
  collection: "apiKeys",
  fields: {
    _id: field.id,
    keyId: field.id,
    workspaceId: field.id,
    prefix: field.text,
    scopes: field.texts,
    createdAt: field.time,
    expiresAt: field.maybeTime,
    revokedAt: field.maybeTime,
  },
  indexes: [{ keys: { workspaceId: 1, keyId: 1 } }],
});
