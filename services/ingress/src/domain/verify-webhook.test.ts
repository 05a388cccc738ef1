import { expect, it } from "vitest";

import type { ChannelKeys } from "./channel-keys.ts";
import { verifyWebhook, type VerifyWebhookDeps } from "./verify-webhook.ts";

const bot = `U${"1".repeat(32)}`;
const bytes = Buffer.from(`{"destination":"${bot}"}`);
const now = new Date("2026-11-25T00:00:00Z");
const minutes = (count: number): Date => new Date(now.getTime() + count * 60_000);
const keysWith = (secrets: ChannelKeys["secrets"]): ChannelKeys => ({
  channelId: "chan_1",
  workspaceId: "ws_main",
  botUserId: bot,
  secrets,
});
const current = { value: "current", validUntil: null };

/** A signature is the secret itself here: what is tested is which secrets count. */
const setup = (known: ChannelKeys | undefined, fresh?: ChannelKeys) => {
  const compared: string[] = [];
  const deps: VerifyWebhookDeps = {
    keyring: {
      byBot: async () => known,
      byId: async () => known,
      refresh: async () => fresh,
    },
    isSignedBy: (_bytes, signature, secrets) => {
      compared.push(...secrets);
      return secrets.includes(signature);
    },
    now: () => now,
  };
  const verify = (signature: string, channelId?: string) =>
    verifyWebhook(deps, { bytes, signature, channelId });
  return { verify, compared };
};

it("takes the current secret, and an older one until its time", async () => {
  const keys = keysWith([current, { value: "older", validUntil: minutes(1) }]);
  const { verify } = setup(keys);
  await expect(verify("current")).resolves.toBe(keys);
  await expect(verify("older", "chan_1")).resolves.toBe(keys);
});

it("refuses an older secret after its time", async () => {
  const { verify } = setup(keysWith([current, { value: "older", validUntil: minutes(0) }]));
  await expect(verify("older")).rejects.toMatchObject({ code: "signature_invalid" });
});

it("sees a rotated secret that it did not know yet", async () => {
  const rotated = keysWith([{ value: "new", validUntil: null }, current]);
  const { verify } = setup(keysWith([current]), rotated);
  await expect(verify("new")).resolves.toBe(rotated);
});

it("works as hard for a channel that is not there", async () => {
  const { verify, compared } = setup(undefined);
  await expect(verify("x")).rejects.toMatchObject({ code: "signature_invalid" });
  expect(compared).toHaveLength(1);
  await expect(verify(compared[0] ?? "", "chan_2")).rejects.toMatchObject({
    code: "signature_invalid",
  });
});
