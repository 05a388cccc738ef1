import { Failure } from "@yubin/errors";

import type { Channels } from "./channel.ts";
import { loginChannelsOf } from "./link-channel.ts";

/** LINE Login's checks, said by LINE; each refusal has a code of its own. */
export interface LineLogin {
  verifyIdToken(check: {
    readonly idToken: string;
    readonly clientId: string;
    readonly nonce?: string;
  }): Promise<{ readonly userId: string }>;
  verifyAccessToken(token: string): Promise<{ readonly userId: string; readonly clientId: string }>;
}

export interface VerifyLoginDeps {
  readonly channels: Channels;
  readonly login: LineLogin;
}

export interface LoginProof {
  readonly provider: string | undefined;
  readonly idToken?: string | undefined;
  readonly accessToken?: string | undefined;
  readonly nonce?: string | undefined;
}

/** The LINE user behind a token of LINE Login or LIFF, which must be made for a channel of the provider. */
export const verifyLogin = async (
  { channels, login }: VerifyLoginDeps,
  workspaceId: string,
  { provider: wanted, idToken, accessToken, nonce }: LoginProof,
): Promise<{ readonly provider: string; readonly lineUserId: string }> => {
  const { provider, loginChannelIds } = await loginChannelsOf(channels, workspaceId, wanted);
  if (idToken === undefined) {
    const { userId, clientId } = await login.verifyAccessToken(accessToken ?? "");
    if (!loginChannelIds.includes(clientId))
      throw new Failure("access_token_audience", "made for another LINE Login channel", {
        field: "accessToken",
      });
    return { provider, lineUserId: userId };
  }
  for (const clientId of loginChannelIds) {
    const check = { idToken, clientId, ...(nonce === undefined ? {} : { nonce }) };
    const verified = await login.verifyIdToken(check).catch(unlessForAnother);
    if (verified) return { provider, lineUserId: verified.userId };
  }
  throw new Failure("id_token_audience", "the ID token was made for another LINE Login channel", {
    field: "idToken",
  });
};

/** A provider may have several LINE Login channels; the token is for one of them. */
const unlessForAnother = (error: unknown): undefined => {
  if (error instanceof Failure && error.code === "id_token_audience") return undefined;
  throw error;
};
