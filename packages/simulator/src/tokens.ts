/** How a channel access token came about; LINE gives each kind another life. */
export type TokenKind = "longLived" | "shortLived" | "stateless";

/** A channel access token that was issued. */
export interface IssuedToken {
  readonly token: string;
  readonly channelId: string;
  readonly kind: TokenKind;
  readonly expiresAtMs: number;
}

/** All channel access tokens that are alive. */
export interface Tokens {
  issue(channelId: string, kind: TokenKind, token?: string): IssuedToken;
  /** The token, while it is neither expired nor revoked. */
  find(token: string): IssuedToken | undefined;
  revoke(token: string): void;
  /** The newest long-lived token of the channel that is alive. */
  longLivedOf(channelId: string): string | undefined;
  /** Replaces the long-lived token; the old one dies after the overlap (0 to 24 h at LINE). */
  rotate(channelId: string, overlapMs: number): IssuedToken;
}

const dayMs = 86_400_000;

/** The lives LINE gives to tokens. Long-lived ones end in practice never: LINE's own sample says 99 years. */
export const tokenLifeMs: Readonly<Record<TokenKind, number>> = {
  longLived: 36_319 * dayMs,
  shortLived: 30 * dayMs,
  stateless: 900_000,
};

const shortLivedMax = 30;

/** Opens an empty register of tokens. */
export function createTokens(deps: {
  now: () => number;
  newToken: (kind: string) => string;
}): Tokens {
  const tokens = new Map<string, IssuedToken>();

  const ofKind = (channelId: string, kind: TokenKind): IssuedToken[] =>
    [...tokens.values()].filter((one) => one.channelId === channelId && one.kind === kind);

  const issue: Tokens["issue"] = (channelId, kind, token) => {
    const made = token ?? `${deps.newToken(kind)}${deps.newToken(kind)}${deps.newToken(kind)}`;
    const issued = {
      token: made,
      channelId,
      kind,
      expiresAtMs: deps.now() + tokenLifeMs[kind],
    };
    tokens.set(made, issued);
    if (kind === "shortLived") {
      const oldest = ofKind(channelId, kind).slice(0, -shortLivedMax);
      for (const one of oldest) tokens.delete(one.token);
    }
    return issued;
  };

  return {
    issue,
    find: (token) => {
      const issued = tokens.get(token);
      return issued && issued.expiresAtMs > deps.now() ? issued : undefined;
    },
    revoke: (token) => {
      tokens.delete(token);
    },
    longLivedOf: (channelId) =>
      ofKind(channelId, "longLived")
        .filter((one) => one.expiresAtMs > deps.now())
        .at(-1)?.token,
    rotate: (channelId, overlapMs) => {
      for (const old of ofKind(channelId, "longLived")) {
        const endMs = deps.now() + overlapMs;
        tokens.set(old.token, { ...old, expiresAtMs: Math.min(old.expiresAtMs, endMs) });
      }
      return issue(channelId, "longLived");
    },
  };
}
