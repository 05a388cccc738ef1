import { Failure } from "@yubin/errors";

import type { ChannelKeyring, ChannelKeys } from "./channel-keys.ts";
import { peekDestinations } from "./peek-destinations.ts";

export interface VerifyWebhookDeps {
  readonly keyring: ChannelKeyring;
  isSignedBy(bytes: Buffer, signature: string, secrets: readonly string[]): boolean;
  readonly now: () => Date;
}

export interface UnverifiedWebhook {
  readonly bytes: Buffer;
  readonly signature: string;
  /** From the URL, where it names a channel. */
  readonly channelId: string | undefined;
}

/** Stands in where there is no channel, so that an unknown one takes as long as a known one. */
const nobodysSecret = "00000000000000000000000000000000";

/**
 * The channel that signed these bytes. Fails with `signature_invalid` for an unknown channel as for a wrong signature,
 * in the same time: who asks must not learn which channels exist.
 */
export const verifyWebhook = async (
  deps: VerifyWebhookDeps,
  webhook: UnverifiedWebhook,
): Promise<ChannelKeys> => {
  const candidates = await candidatesOf(deps.keyring, webhook);
  if (candidates.length === 0) deps.isSignedBy(webhook.bytes, webhook.signature, [nobodysSecret]);
  for (const keys of candidates) if (isSigned(deps, webhook, keys)) return keys;

  for (const keys of candidates) {
    const fresh = await deps.keyring.refresh(keys);
    if (fresh && hasOthers(fresh, keys) && isSigned(deps, webhook, fresh)) return fresh;
  }
  throw new Failure("signature_invalid", "the signature does not match");
};

/** The same secrets are not tried twice: the time it took would tell that there is such a channel. */
const hasOthers = (fresh: ChannelKeys, tried: ChannelKeys): boolean => {
  const values = new Set(tried.secrets.map(({ value }) => value));
  return fresh.secrets.some(({ value }) => !values.has(value));
};

const candidatesOf = async (
  keyring: ChannelKeyring,
  { bytes, channelId }: UnverifiedWebhook,
): Promise<ChannelKeys[]> => {
  const found =
    channelId === undefined
      ? await Promise.all(peekDestinations(bytes).map((bot) => keyring.byBot(bot)))
      : [await keyring.byId(channelId)];
  return found.filter((keys) => keys !== undefined);
};

const isSigned = (
  { isSignedBy, now }: VerifyWebhookDeps,
  { bytes, signature }: UnverifiedWebhook,
  keys: ChannelKeys,
): boolean => {
  const at = now();
  const active = keys.secrets.filter(({ validUntil }) => validUntil === null || validUntil > at);
  return isSignedBy(
    bytes,
    signature,
    active.map(({ value }) => value),
  );
};
