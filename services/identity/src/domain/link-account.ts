import { proofStrength } from "@yubin/types";

import type { LineAccount } from "./profile.ts";

/** A LINE ID and why we hold it for this person's. */
export interface Link {
  readonly provider: string;
  readonly lineUserId: string;
  readonly proof: LineAccount["proof"];
}

/**
 * The accounts with this link among them. The strongest proof is kept, of equal ones the first, and the earliest time
 * of linking: the result does not depend on the order in which links are told.
 */
export const linkAccount = (
  accounts: readonly LineAccount[],
  link: Link,
): readonly LineAccount[] => {
  const known = findAccount(accounts, link);
  if (!known) return [...accounts, newAccount(link)];

  const proof = isBetterProof(link.proof, known.proof) ? link.proof : known.proof;
  const linkedAt = link.proof.at < known.linkedAt ? link.proof.at : known.linkedAt;
  if (proof === known.proof && linkedAt === known.linkedAt) return accounts;
  return replaceAccount(accounts, { ...known, proof, linkedAt });
};

export const isLinkProof = (proof: string): proof is LineAccount["proof"]["kind"] =>
  Object.hasOwn(proofStrength, proof);

/** Whether it says who somebody is: what LINE tells by itself does not, and nor does taking a LINE ID from someone. */
export const isProof = (proof: string): boolean =>
  proof === "resolved" || (isLinkProof(proof) && proofStrength[proof] > proofStrength.follow);

/** The account of this LINE ID; IDs of different providers are never compared. */
export const findAccount = (
  accounts: readonly LineAccount[],
  { provider, lineUserId }: Pick<LineAccount, "provider" | "lineUserId">,
): LineAccount | undefined =>
  accounts.find((one) => one.provider === provider && one.lineUserId === lineUserId);

export const replaceAccount = (
  accounts: readonly LineAccount[],
  account: LineAccount,
): readonly LineAccount[] => {
  const known = findAccount(accounts, account);
  return known === account ? accounts : accounts.map((one) => (one === known ? account : one));
};

const newAccount = ({ provider, lineUserId, proof }: Link): LineAccount => ({
  provider,
  lineUserId,
  displayName: null,
  pictureUrl: null,
  language: null,
  fetchedAt: null,
  linkedAt: proof.at,
  proof,
  friendship: {},
});

export const isBetterProof = (one: LineAccount["proof"], other: LineAccount["proof"]): boolean =>
  proofStrength[one.kind] === proofStrength[other.kind]
    ? one.at < other.at
    : proofStrength[one.kind] > proofStrength[other.kind];
