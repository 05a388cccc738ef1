/** Whom a reply token answers. */
export interface ReplyTarget {
  readonly channelId: string;
  /** A user id or group id. */
  readonly to: string;
}

/** The reply tokens that events carried. */
export interface ReplyTokens {
  issue(target: ReplyTarget): string;
  /** The event with this token reached the bot server: its minute starts, or starts again. */
  received(token: string): void;
  /** The target, if the token is of this channel, unused and within its minute. */
  peek(token: string, channelId: string): ReplyTarget | undefined;
  use(token: string): void;
}

/** Opens an empty register. A token lives `lifeMs` from receipt and never beyond 20 lives from its event. */
export function createReplyTokens(deps: {
  now: () => number;
  newToken: () => string;
  lifeMs: number;
}): ReplyTokens {
  const tokens = new Map<string, Held>();
  return {
    issue: (target) => {
      dropExpired(tokens, deps.now());
      const token = deps.newToken();
      const endsAtMs = deps.now() + 20 * deps.lifeMs;
      tokens.set(token, { target, endsAtMs, validUntilMs: endsAtMs });
      return token;
    },
    received: (token) => {
      const held = tokens.get(token);
      if (held) held.validUntilMs = Math.min(held.endsAtMs, deps.now() + deps.lifeMs);
    },
    peek: (token, channelId) => {
      const held = tokens.get(token);
      if (!held || held.target.channelId !== channelId) return undefined;
      return deps.now() < held.validUntilMs ? held.target : undefined;
    },
    use: (token) => {
      tokens.delete(token);
    },
  };
}

interface Held {
  readonly target: ReplyTarget;
  readonly endsAtMs: number;
  validUntilMs: number;
}

/** Tokens end in the order they were issued, so the oldest entries of the map are the ones to look at. */
function dropExpired(tokens: Map<string, Held>, nowMs: number): void {
  for (const [token, held] of tokens) {
    if (held.endsAtMs > nowMs) return;
    tokens.delete(token);
  }
}
