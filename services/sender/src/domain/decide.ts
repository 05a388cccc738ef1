import { canonicalLineId, type LinkedAccount } from "@yubin/types";

import { isExpired, mayFor, quietFor, type SendRules } from "./send-rules.ts";

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
  /** By purpose; of a purpose that is not in it nothing is known. */
  readonly consents: Readonly<Record<string, { readonly granted: boolean }>>;
  readonly accounts: readonly (LinkedAccount & { readonly displayName: string | null })[];
}

export type Decision =
  | { readonly kind: "send"; readonly lineUserId: string; readonly displayName: string | null }
  | { readonly kind: "skip"; readonly reason: SkipReason }
  /**
   * Not now. Without a time: it is not known yet who this is, or whether someone else speaks for them, which does not
   * take long.
   */
  | { readonly kind: "hold"; readonly until?: Date };

export type SkipReason =
  | "erased"
  | "expired"
  | "merged"
  | "no_consent"
  | "no_line_id"
  | "not_following"
  | "not_found"
  | "over_cap"
  | "quiet_hours"
  | "suppressed";

/** The rules that hold for what is sent, and when that is looked at. */
export interface Circumstances {
  readonly rules: SendRules;
  readonly now: Date;
}

/**
 * Whether this person may be sent something on this channel now, and to which LINE ID. `named` is the LINE ID that the
 * caller asked for, where they asked for one.
 */
export const decide = (
  person: Person | undefined,
  channel: { readonly id: string; readonly provider: string },
  { rules, now }: Circumstances,
  named?: string,
): Decision => {
  if (!person) return skip("not_found");
  if (person.erased) return skip("erased");
  if (person.unfinished) return { kind: "hold" };
  if (isExpired(rules, now)) return skip("expired");
  if (person.suppressed) return skip("suppressed");
  if (!mayFor(person, rules)) return skip("no_consent");

  const lineUserId = named ?? canonicalLineId(person.accounts, channel.provider, channel.id);
  const account = person.accounts.find(
    (one) => one.provider === channel.provider && one.lineUserId === lineUserId,
  );
  if (!account) return skip("no_line_id");
  const friendship = Object.hasOwn(account.friendship, channel.id)
    ? account.friendship[channel.id]
    : undefined;
  if (friendship?.state !== "following") return skip("not_following");
  const quiet = quietFor(person, rules, now);
  if (quiet?.kind === "quiet") return { kind: "hold", until: quiet.until };
  if (quiet) return skip("quiet_hours");
  return { kind: "send", lineUserId: account.lineUserId, displayName: account.displayName };
};

const skip = (reason: SkipReason): Decision => ({ kind: "skip", reason });
