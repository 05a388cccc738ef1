import { canonicalLineId, type LinkedAccount } from "./canonical-line-id.ts";
import { parseProfileRef } from "./refs.ts";
import { isExpired, mayFor, quietFor, type Consents, type SendRules } from "./rules-for.ts";

/** What of a person decides whether they are sent something; of merged profiles, what the survivor says. */
export interface SendFacts {
  /** A merge or its undo is half done: who this is will be known in a moment. */
  readonly unfinished: boolean;
  readonly erased: boolean;
  readonly suppressed: boolean;
  readonly consents: Consents;
  readonly traits: Readonly<Record<string, unknown>>;
  readonly accounts: readonly (LinkedAccount & { readonly displayName: string | null })[];
}

export type SendDecision =
  | { readonly kind: "send"; readonly lineUserId: string; readonly displayName: string | null }
  | { readonly kind: "skip"; readonly reason: SkipReason }
  /**
   * Not now. Without a time: it is not known yet who this is, or whether someone else speaks for them, which does not
   * take long.
   */
  | { readonly kind: "hold"; readonly until?: Date };

export type SkipReason =
  | "control_group"
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
export interface SendCircumstances {
  readonly rules: SendRules;
  readonly now: Date;
}

/**
 * Whether this person may be sent something on this channel now, and to which LINE ID. `named` is the LINE ID that the
 * caller asked for, where they asked for one.
 */
export const decideSend = (
  person: SendFacts | undefined,
  channel: { readonly id: string; readonly provider: string },
  { rules, now }: SendCircumstances,
  named?: string,
): SendDecision => {
  if (!person) return skip("not_found");
  if (person.erased) return skip("erased");
  if (person.unfinished) return { kind: "hold" };
  if (isExpired(rules, now)) return skip("expired");
  if (person.suppressed) return skip("suppressed");
  if (!mayFor(person, rules)) return skip("no_consent");

  const account = addressOf(person.accounts, channel, named);
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

/** The account that a channel writes to, friend or not. */
export const addressOf = <Account extends LinkedAccount>(
  accounts: readonly Account[],
  channel: { readonly id: string; readonly provider: string },
  named?: string,
): Account | undefined => {
  const lineUserId = named ?? canonicalLineId(accounts, channel.provider, channel.id);
  return accounts.find((one) => one.provider === channel.provider && one.lineUserId === lineUserId);
};

/** Whoever asks for a LINE ID of this provider means that one; of another provider there is none to write to. */
export const namedLineUserId = (ref: string | undefined, provider: string): string | undefined => {
  const parsed = ref === undefined ? undefined : parseProfileRef(ref);
  if (parsed?.kind !== "alias" || !parsed.alias.kind.startsWith("line/")) return undefined;
  return parsed.alias.kind === `line/${provider}` ? parsed.alias.value : "";
};

const skip = (reason: SkipReason): SendDecision => ({ kind: "skip", reason });
