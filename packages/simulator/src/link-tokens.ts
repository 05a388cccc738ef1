/** The account-link tokens LINE issued: ten minutes, one use. */
export interface LinkTokens {
  issue(channelId: string, userId: string): string;
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
  return {
    issue: (channelId, userId) => {
      const token = deps.newToken();
      tokens.set(token, { channelId, userId, endsAtMs: deps.now() + deps.lifeMs });
      return token;
    },
    use: (token) => {
      const held = tokens.get(token);
      tokens.delete(token);
      return held && deps.now() < held.endsAtMs ? held : undefined;
    },
  };
}
