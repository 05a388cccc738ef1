import type { LineAccount } from "./profile.ts";

/** How LINE describes a person; undefined where it does not: no friend, blocked, or gone. */
export type LineName =
  | {
      readonly displayName: string;
      readonly pictureUrl?: string;
      readonly language?: string;
    }
  | undefined;

/** The account as LINE describes it. What was asked later stays, and that LINE says nothing erases nothing. */
export const setName = (account: LineAccount, name: LineName, askedAt: Date): LineAccount => {
  if (account.fetchedAt && account.fetchedAt >= askedAt) return account;
  if (!name) return { ...account, fetchedAt: askedAt };
  return {
    ...account,
    displayName: name.displayName === "" ? account.displayName : name.displayName,
    pictureUrl: name.pictureUrl ?? null,
    language: name.language ?? null,
    fetchedAt: askedAt,
  };
};
