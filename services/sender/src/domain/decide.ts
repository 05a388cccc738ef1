import { canonicalLineId, type LinkedAccount } from "@yubin/types";

/** A person as sending needs to know them: of merged profiles, what the survivor says. */
export interface Person {
  /** The survivor's. */
  readonly profileId: string;
  /** The survivor and everybody merged into it; one id for most people. */
  readonly family: readonly string[];
  /** A merge or its undo is half done: who this is will be known in a moment. */
  readonly unfinished: boolean;
  readonly erased: boolean;
  readonly externalId: string | null;
  readonly traits: Readonly<Record<string, unknown>>;
  readonly suppressed: boolean;
  readonly accounts: readonly (LinkedAccount & { readonly displayName: string | null })[];
}

export type Decision =
  | { readonly kind: "send"; readonly lineUserId: string; readonly displayName: string | null }
  | { readonly kind: "skip"; readonly reason: SkipReason }
  /** Not now: it is not known yet who this is, or whether someone else speaks for them. */
  | { readonly kind: "hold" };

export type SkipReason =
  | "erased"
  | "merged"
  | "no_line_id"
  | "not_following"
  | "not_found"
  | "suppressed";

/**
 * Whether this person may be sent something on this channel now, and to which LINE ID. `named` is the LINE ID that the
 * caller asked for, where they asked for one.
 */
export const decide = (
  person: Person | undefined,
  channel: { readonly id: string; readonly provider: string },
  named?: string,
): Decision => {
  if (!person) return skip("not_found");
  if (person.erased) return skip("erased");
  if (person.unfinished) return { kind: "hold" };
  if (person.suppressed) return skip("suppressed");

  const lineUserId = named ?? canonicalLineId(person.accounts, channel.provider, channel.id);
  const account = person.accounts.find(
    (one) => one.provider === channel.provider && one.lineUserId === lineUserId,
  );
  if (!account) return skip("no_line_id");
  const friendship = Object.hasOwn(account.friendship, channel.id)
    ? account.friendship[channel.id]
    : undefined;
  return friendship?.state === "following"
    ? { kind: "send", lineUserId: account.lineUserId, displayName: account.displayName }
    : skip("not_following");
};

const skip = (reason: SkipReason): Decision => ({ kind: "skip", reason });
