import { hashApiKey, type Logger } from "@yubin/kit";
import type { Store } from "@yubin/store";
import { idFrom, scopes } from "@yubin/types";

import type { ApiKeys } from "./domain/api-key.ts";
import { ensureFirstWorkspace, firstWorkspaceId, hasApiKeys } from "./store/first-rows.ts";

export interface FirstKeyOptions {
  readonly store: Store;
  readonly apiKeys: ApiKeys;
  readonly adminKey: string | undefined;
  readonly log: Logger;
  readonly now: () => Date;
}

const prefixChars = "yb_live_".length + 4;

/** Makes the first workspace, and its first key where there is none yet: later ones are made with that. */
export const ensureFirstKey = async (options: FirstKeyOptions): Promise<void> => {
  const { store, apiKeys, adminKey, log, now } = options;
  await ensureFirstWorkspace(store, now());
  if (await hasApiKeys(store)) return;
  if (adminKey === undefined) {
    log.warn("there is no API key yet: start once with YUBIN_ADMIN_KEY");
    return;
  }
  const hash = hashApiKey(adminKey);
  await apiKeys.insert({
    hash,
    id: idFrom("key", hash),
    workspaceId: firstWorkspaceId,
    prefix: adminKey.slice(0, prefixChars),
    scopes: [...scopes],
    createdAt: now(),
    expiresAt: null,
    revokedAt: null,
  });
  log.info("the first API key was taken from YUBIN_ADMIN_KEY");
};
