import { checkEmail, type AliasName } from "@yubin/types";

import type { Draft } from "./draft.ts";
import type { InboxEvent } from "./inbox-event.ts";
import type { Profile } from "./profile.ts";

/** The address as a name: one spelling, and only what can be one. */
export const addressIn = (traits: Readonly<Record<string, unknown>>): AliasName | undefined => {
  const email = Object.hasOwn(traits, "email") ? traits["email"] : undefined;
  if (typeof email !== "string" || checkEmail(email, "email")) return undefined;
  return { kind: "email", value: email.toLowerCase() };
};

/**
 * An address is a name of whoever has it now. It never tells who is meant, and it never makes two people one: whose it is
 * follows from their trait alone. A changed one is given up; one that its owner has given up, whenever, can be taken.
 */
export const keepAddress = (
  draft: Draft,
  {
    before,
    after,
    homeId,
    event,
  }: { before: Profile; after: Profile; homeId: string; event: InboxEvent },
): void => {
  const was = addressIn(before.traits);
  const is = addressIn(after.traits);
  if (was && was.value !== is?.value) draft.release(was, after);
  if (!is) return;
  const owner = draft.ownerOf(event.workspaceId, is);
  const isTaken = owner?.profile && addressIn(owner.profile.traits)?.value === is.value;
  if (owner?.profileId !== after.id && !isTaken) draft.claim(is, { homeId, proof: "trait", event });
};
