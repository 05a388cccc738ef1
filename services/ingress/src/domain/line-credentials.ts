import { Failure, type FailureCode } from "@yubin/errors";

import type { LineAccount } from "./line-account.ts";

/** Credentials that LINE has confirmed. */
export interface ConfirmedCredentials {
  readonly lineChannelId: string;
  /** For the calls of this moment; the given one, or a stateless one made from id and secret. */
  readonly token: string;
  /** Whether LINE itself has confirmed that the secret belongs to the channel. */
  readonly secretConfirmed: boolean;
}

/** Confirms a long-lived token, and the secret with it. */
export const confirmToken = async (
  line: LineAccount,
  given: {
    readonly channelAccessToken: string;
    readonly channelSecret: string;
    readonly lineChannelId: string | undefined;
  },
): Promise<ConfirmedCredentials> => {
  const { channelId } = await orElse(
    () => line.verifyToken(given.channelAccessToken),
    new Failure("token_invalid", "LINE refuses this channel access token", {
      field: "channelAccessToken",
    }),
  );
  if (given.lineChannelId !== undefined && given.lineChannelId !== channelId)
    throw new Failure("token_invalid", "the token belongs to another channel", {
      field: "channelAccessToken",
    });
  const secretConfirmed = await confirmSecret(line, channelId, given.channelSecret);
  return { lineChannelId: channelId, token: given.channelAccessToken, secretConfirmed };
};

/** Confirms a channel that is to work with stateless tokens, by making one. */
export const confirmStateless = async (
  line: LineAccount,
  given: { readonly lineChannelId: string; readonly channelSecret: string },
): Promise<ConfirmedCredentials> => {
  const { token } = await orElse(
    () =>
      line.issueStatelessToken({
        channelId: given.lineChannelId,
        channelSecret: given.channelSecret,
      }),
    secretInvalid(),
  );
  return { lineChannelId: given.lineChannelId, token, secretConfirmed: true };
};

/**
 * A token can be made only from a channel's own secret: LINE's one way to tell that they belong together. False where
 * LINE does not let this channel make one.
 */
export const confirmSecret = async (
  line: LineAccount,
  lineChannelId: string,
  channelSecret: string,
): Promise<boolean> => {
  try {
    await line.issueStatelessToken({ channelId: lineChannelId, channelSecret });
    return true;
  } catch (error) {
    if (isOneOf(error, ["line.forbidden"])) return false;
    if (isOneOf(error, refusals)) throw secretInvalid();
    throw error;
  }
};

const refusals: readonly FailureCode[] = [
  "line.unauthorized",
  "line.refused",
  "line.forbidden",
  "token_invalid",
  "secret_invalid",
];

const secretInvalid = (): Failure =>
  new Failure("secret_invalid", "LINE does not take this secret for this channel", {
    field: "channelSecret",
  });

export const isOneOf = (error: unknown, codes: readonly FailureCode[]): error is Failure =>
  error instanceof Failure && codes.includes(error.code);

/** LINE's refusal becomes what the caller can mend; trouble on the way stays what it is. */
const orElse = async <Value>(call: () => Promise<Value>, failure: Failure): Promise<Value> => {
  try {
    return await call();
  } catch (error) {
    throw isOneOf(error, refusals) ? failure : error;
  }
};
