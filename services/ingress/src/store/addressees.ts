import { createProfileReader, type Store } from "@yubin/store";

import type { PreviewDeps } from "../domain/preview-message.ts";

/** People as sending knows them: of merged profiles the survivor. */
export const createAddressees = (store: Store): PreviewDeps["addressees"] => {
  const reader = createProfileReader(store);
  return {
    find: async (workspaceId, ref) => {
      const row = await reader.findProfile(workspaceId, ref);
      return (
        row && {
          profileId: row._id,
          unfinished: (row.absorbing ?? []).length > 0 || (row.splitting ?? []).length > 0,
          erased: (row.erasedAt ?? null) !== null,
          suppressed: row.suppression !== null,
          consents: row.consents,
          accounts: row.lineAccounts,
          externalId: row.externalId,
          traits: row.traits,
        }
      );
    },
  };
};
