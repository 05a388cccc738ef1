import { channelAccessToken } from "@line/bot-sdk";
import { Failure } from "@yubin/errors";

import { numberField, textField } from "./answer-fields.ts";
import { isOnLineDispatcher } from "./line-dispatcher.ts";
import { lineFailure, statusOf } from "./line-failure.ts";

/** What LINE knows about a token. */
export interface VerifiedToken {
  readonly channelId: string;
  readonly expiresInSeconds: number;
}

export interface StatelessToken {
  readonly token: string;
  readonly expiresAt: Date;
}

export interface LineTokens {
  /** Fails with `token_invalid` where LINE does not know the token. */
  readonly verifyToken: (token: string) => Promise<VerifiedToken>;
  /** A token for 15 minutes. Fails with `secret_invalid` where id and secret do not belong together. */
  readonly issueStatelessToken: (channel: {
    readonly channelId: string;
    readonly channelSecret: string;
  }) => Promise<StatelessToken>;
}

export const createLineTokens = (apiBaseUrl: string): LineTokens => {
  if (!isOnLineDispatcher())
    throw new Error("call useLineDispatcher() first: fetch would follow redirects with tokens");
  const client = new channelAccessToken.ChannelAccessTokenClient({
    baseURL: new URL(apiBaseUrl).origin,
  });

  return {
    verifyToken: async (token) => {
      checkToken(token);
      const answer = await client.verifyChannelToken(token).catch(async (error: unknown) => {
        if (!isRefusal(error)) throw lineFailure(error);
        return verifyAsJwtToken(client, token);
      });
      return {
        channelId: textField(answer, "client_id", 64),
        expiresInSeconds: numberField(answer, "expires_in"),
      };
    },
    issueStatelessToken: async ({ channelId, channelSecret }) => {
      const answer = await client
        .issueStatelessChannelTokenByClientSecret(channelId, channelSecret)
        .catch((error: unknown) => {
          throw isRefusal(error) ? secretRefused() : lineFailure(error);
        });
      const expiresInMs = numberField(answer, "expires_in") * 1_000;
      return {
        token: textField(answer, "access_token", tokenCharsMax),
        expiresAt: new Date(Date.now() + expiresInMs),
      };
    },
  };
};

/** Tokens of version 2.1 are verified by another call, which LINE wants in the query. */
const verifyAsJwtToken = (
  client: channelAccessToken.ChannelAccessTokenClient,
  token: string,
): Promise<unknown> =>
  client.verifyChannelTokenByJWT(token).catch((error: unknown) => {
    throw isRefusal(error) ? tokenRefused() : lineFailure(error);
  });

const tokenCharsMax = 4_096;

/** Before it gets into a header: what cannot travel there is no token. */
export const checkToken = (token: string): void => {
  if (token.length > tokenCharsMax || !/^[\x21-\x7e]+$/.test(token)) throw tokenRefused();
};

/** LINE answers 400 to a token or secret it does not know, and 401 where it should. */
const isRefusal = (error: unknown): boolean => [400, 401, 404].includes(statusOf(error) ?? 0);

const tokenRefused = (): Failure =>
  new Failure("token_invalid", "LINE does not know this channel access token", {
    field: "channelAccessToken",
  });

const secretRefused = (): Failure =>
  new Failure("secret_invalid", "LINE does not take this channel id and secret together", {
    field: "channelSecret",
  });
