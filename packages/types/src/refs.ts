/** How a request names a person: `prof_…`, `user:<externalId>`, `email:<address>` or `line:<provider>:<lineUserId>`. */
export type ProfileRef =
  | { readonly kind: "profile"; readonly profileId: string }
  | { readonly kind: "alias"; readonly alias: AliasName };

/** An outside name leading to one profile. */
export interface AliasName {
  readonly kind: "user" | "email" | "anon" | `line/${string}`;
  readonly value: string;
}

/** The key of an alias: unique in the whole system, so that the database itself refuses a second owner. */
export const aliasKey = (workspaceId: string, alias: AliasName): string =>
  `${workspaceId}/${alias.kind}/${alias.value}`;

export const lineAlias = (provider: string, lineUserId: string): AliasName => ({
  kind: `line/${provider}`,
  value: lineUserId,
});

/** The reference behind a text, or undefined where it is none. */
export const parseProfileRef = (text: string): ProfileRef | undefined => {
  if (/^prof_[0-9a-f]{32}$/.test(text)) return { kind: "profile", profileId: text };

  const [kind, ...rest] = text.split(":");
  const value = rest.join(":");
  if (value === "") return undefined;
  if (kind === "user")
    return { kind: "alias", alias: { kind: "user", value: value.normalize("NFC") } };
  if (kind === "email")
    return { kind: "alias", alias: { kind: "email", value: value.toLowerCase() } };
  if (kind !== "line") return undefined;

  const [provider, ...userId] = rest;
  const lineUserId = userId.join(":");
  if (provider === undefined || !isProvider(provider) || !isLineUserId(lineUserId))
    return undefined;
  return { kind: "alias", alias: lineAlias(provider, lineUserId) };
};

/** The one spelling of a reference, by which rows that keep it are found. */
export const refText = (ref: ProfileRef): string => {
  if (ref.kind === "profile") return ref.profileId;
  const { kind, value } = ref.alias;
  return `${kind.replace("/", ":")}:${value}`;
};

/** What is left of a reference to somebody who was erased; nobody can be named by it. */
export const erasedRef = "erased";

/** Source: LINE, Getting user IDs: `U[0-9a-f]{32}`. Module channels' longer ids are kept as facts but never linked. */
export const isLineUserId = (text: string): boolean => /^U[0-9a-f]{32}$/.test(text);

/** The operator's name for a LINE provider: LINE has no call that tells which provider a channel is under. */
export const isProvider = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(text);
