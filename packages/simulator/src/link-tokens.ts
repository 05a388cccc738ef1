/** The account-link tokens LINE issued: ten minutes, one use. */
export interface LinkTokens {
  issue(channelId: string, userId: string): string;
  /** Whose it is, without using it up; undefined when unknown, used or expired. */
  owner(token: string): { channelId: string; userId: string } | undefined;
  /** Uses the token up and names its owner; undefined when unknown, used or expired. */
  use(token: string): { channelId: string; userId: string } | undefined;
}

/** Opens an empty register. */
export function createLinkTokens(deps: {
  now: () => number;
  newToken: () => string;
  lifeMs: number;
}): LinkTokens {
  const tokens = new Map<string, { channelId: string; userId: string; endsAtMs: number }>();
  const owner = (token: string) => {
    const held = tokens.get(token);
    return held && deps.now() < held.endsAtMs ? held : undefined;
  };
  return {
    issue: (channelId, userId) => {
      const token = deps.newToken();
      tokens.set(token, { channelId, userId, endsAtMs: deps.now() + deps.lifeMs });
      return token;
    },
    owner,
    use: (token) => {
      const held = owner(token);
      tokens.delete(token);
      return held;
    },
  };
}
