import { setTimeout as pause } from "node:timers/promises";
import { Failure } from "@yubin/errors";
import {
  canonicalId,
  checkEmail,
  parseProfileRef,
  type CustomerName,
  type ProfileRef,
} from "@yubin/types";

import type { Profiles } from "./profile.ts";

/** What was told of a person a moment ago may still be on its way to identity. Two of these and a command fit a route's time. */
const patienceMs = 800;
const firstLookMs = 10;
const lookEveryMaxMs = 200;

export interface Customer {
  /** The profile that the name belongs to, even while that is merged into another. */
  readonly profileId: string;
  readonly externalId: string | null;
}

/** The person behind a name in Customer.io's words. */
export const findCustomer = async (
  profiles: Pick<Profiles, "find" | "home">,
  workspaceId: string,
  name: CustomerName & { readonly field?: string },
): Promise<Customer> => {
  const refs = refsOf(name);
  const until = performance.now() + patienceMs;
  for (let wait = firstLookMs; refs.length > 0; wait = Math.min(wait * 2, lookEveryMaxMs)) {
    const found = await findFirst(profiles, workspaceId, refs);
    if (found) return found;
    if (performance.now() + wait > until) break;
    await pause(wait);
  }
  throw new Failure("not_found", "no such person", name.field ? { field: name.field } : {});
};

/**
 * The external id that a customer's id in a path stands for: `cio_` and our id, an address by which somebody is known
 * already, or otherwise the id itself.
 */
export const externalIdBehind = async (
  profiles: Pick<Profiles, "find" | "home">,
  workspaceId: string,
  id: string,
): Promise<{ readonly userId: string; readonly known: boolean }> => {
  if (isOurs(id)) {
    const { externalId } = await findCustomer(profiles, workspaceId, { cio_id: id });
    if (externalId === null)
      throw new Failure("identifier_invalid", "this person has no id yet: identify them by one");
    return { userId: externalId, known: true };
  }
  if (!isAddress(id)) return { userId: id, known: false };
  const found = await findFirst(profiles, workspaceId, refsOf({ id }));
  return { userId: found?.externalId ?? id, known: found !== undefined };
};

export const isAddress = (id: string): boolean => checkEmail(id, "id") === undefined;

const isOurs = (id: string): boolean => id.startsWith("cio_prof_");

const findFirst = async (
  profiles: Pick<Profiles, "find" | "home">,
  workspaceId: string,
  refs: readonly ProfileRef[],
): Promise<Customer | undefined> => {
  for (const ref of refs) {
    const home = await profiles.home(workspaceId, ref);
    const found = home && (await profiles.find(workspaceId, ref));
    if (found) return { profileId: home.profileId, externalId: found.externalId };
  }
  return undefined;
};

const refsOf = ({ id, email, cio_id: ours }: CustomerName): ProfileRef[] => {
  if (ours !== undefined) return [parseProfileRef(ours.replace(/^cio_/, ""))].flatMap(profileOnly);
  if (email !== undefined) return [emailRef(email)];
  if (id === undefined) return [];
  const named = String(id);
  if (isOurs(named)) return refsOf({ cio_id: named });
  return [
    { kind: "alias", alias: { kind: "user", value: canonicalId(named) } },
    ...(isAddress(named) ? [emailRef(named)] : []),
  ];
};

const profileOnly = (ref: ProfileRef | undefined): ProfileRef[] =>
  ref?.kind === "profile" ? [ref] : [];

const emailRef = (address: string): ProfileRef => ({
  kind: "alias",
  alias: { kind: "email", value: address.toLowerCase() },
});
