import { createHmac, timingSafeEqual } from "node:crypto";
import { hexId } from "./ids.ts";
import { isObject } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { InvalidError, NotFoundError } from "./lever-errors.ts";

/** A LINE Login channel: its ID tokens name the people of its provider by the ids that the bots see. */
export interface LoginChannel {
  readonly channelId: string;
  readonly channelSecret: string;
  readonly provider: string;
}

/** What a caller may say about a new LINE Login channel. */
export type LoginChannelOptions = Partial<LoginChannel>;

/** What may be odd about a token. */
export interface MintOptions {
  /** Default 3600, below 0 for one that has expired. */
  readonly expiresInSeconds?: number;
  readonly nonce?: string;
  /** Default the channel's own id. */
  readonly audience?: string;
  /** Default `https://access.line.me`. */
  readonly issuer?: string;
}

interface UserToken {
  readonly channelId: string;
  readonly provider: string;
  readonly userId: string;
  readonly expiresAtMs: number;
}

/** LINE Login channels, and the tokens that people's browsers got through them. */
export interface LoginChannels {
  add(options: LoginChannelOptions): LoginChannel;
  all(): readonly LoginChannel[];
  mintIdToken(channelId: string, userId: string, options: MintOptions): string;
  mintAccessToken(channelId: string, userId: string, options: MintOptions): string;
  /** What the token says, if a channel here signed it. */
  readIdToken(token: string): JsonObject | undefined;
  /** Whose user access token it is, while it lives. */
  findAccessToken(token: string): UserToken | undefined;
}

const issuerOfLine = "https://access.line.me";
const lifeSeconds = 3_600;

/** Opens an empty set of LINE Login channels. */
export function createLoginChannels(deps: {
  seed: string | number;
  now: () => number;
  newToken: () => string;
  /** Fails for a person the provider does not know. */
  need: (provider: string, userId: string) => unknown;
}): LoginChannels {
  const channels = new Map<string, LoginChannel>();
  const userTokens = new Map<string, UserToken>();
  const channelFor = (channelId: string, userId: string): LoginChannel => {
    const channel = channels.get(channelId);
    if (!channel) throw new NotFoundError(`there is no LINE Login channel ${channelId}`);
    deps.need(channel.provider, userId);
    return channel;
  };

  return {
    add: (options) => {
      const channelId = options.channelId ?? String(1_600_000_001 + channels.size);
      if (channels.has(channelId)) throw new InvalidError(`channel ${channelId} exists`);
      const channel = {
        channelId,
        channelSecret: options.channelSecret ?? hexId(deps.seed, "login-secret", channelId),
        provider: options.provider ?? "provider-1",
      };
      channels.set(channelId, channel);
      return channel;
    },
    all: () => [...channels.values()],
    mintIdToken: (channelId, userId, { expiresInSeconds = lifeSeconds, ...options }) => {
      const channel = channelFor(channelId, userId);
      const nowSeconds = Math.floor(deps.now() / 1_000);
      return signed(channel.channelSecret, {
        iss: options.issuer ?? issuerOfLine,
        sub: userId,
        aud: options.audience ?? channelId,
        exp: nowSeconds + expiresInSeconds,
        iat: nowSeconds,
        ...(options.nonce === undefined ? {} : { nonce: options.nonce }),
        amr: ["linesso"],
      });
    },
    mintAccessToken: (channelId, userId, { expiresInSeconds = lifeSeconds, audience }) => {
      const { provider } = channelFor(channelId, userId);
      const token = `${deps.newToken()}${deps.newToken()}`;
      const expiresAtMs = deps.now() + expiresInSeconds * 1_000;
      userTokens.set(token, { channelId: audience ?? channelId, provider, userId, expiresAtMs });
      return token;
    },
    readIdToken: (token) => {
      const [head, body, signature, ...more] = token.split(".");
      if (!head || !body || !signature || more.length > 0) return undefined;
      const isOurs = [...channels.values()].some(({ channelSecret }) =>
        isSame(signature, signatureOf(channelSecret, `${head}.${body}`)),
      );
      return isOurs ? payloadOf(body) : undefined;
    },
    findAccessToken: (token) => {
      const held = userTokens.get(token);
      return held && held.expiresAtMs > deps.now() ? held : undefined;
    },
  };
}

/** As LINE signs for web logins: HS256 with the secret of the LINE Login channel. */
const signed = (channelSecret: string, payload: object): string => {
  const text = `${base64url({ typ: "JWT", alg: "HS256" })}.${base64url(payload)}`;
  return `${text}.${signatureOf(channelSecret, text)}`;
};

const base64url = (value: object): string =>
  Buffer.from(JSON.stringify(value)).toString("base64url");

const signatureOf = (channelSecret: string, text: string): string =>
  createHmac("sha256", channelSecret).update(text).digest("base64url");

const isSame = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

const payloadOf = (body: string): JsonObject | undefined => {
  const payload: unknown = JSON.parse(Buffer.from(body, "base64url").toString("utf8"));
  return isObject(payload) ? payload : undefined;
};
