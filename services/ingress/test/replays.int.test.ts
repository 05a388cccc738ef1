import { createSealer } from "@yubin/kit";
import { createSimulator } from "@yubin/simulator";
import type { ChannelView } from "@yubin/types";
import { afterAll, beforeAll, expect, it } from "vitest";

import { createChannelKeyring } from "../src/store/channel-keyring.ts";
import {
  addChannel,
  callApi,
  jsonOf,
  lineEvent,
  metricsOf,
  postWebhook,
  sign,
  startTestIngress,
  storedEvents,
  verdict,
  type TestIngress,
} from "./setup.ts";

const line = createSimulator();
let aheadMs = 0;
let replicas: readonly TestIngress[];
let ingress: TestIngress;
beforeAll(async () => {
  await line.start();
  const now = () => new Date(Date.now() + aheadMs);
  ingress = await startTestIngress({ env: { LINE_API_BASE_URL: line.url }, now });
  replicas = [ingress, await startTestIngress({ beside: ingress, now })];
});
afterAll(async () => {
  for (const one of replicas.toReversed()) await one[Symbol.asyncDispose]();
  await line.stop();
});

const at = (index: number): TestIngress => replicas[index % replicas.length] ?? ingress;

/** So many at once, until all are done. */
const inTurn = async (count: number, atOnce: number, run: (index: number) => Promise<void>) => {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await run(next - 1);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
};

const counted = async (outcome: string): Promise<number> => {
  const count = new RegExp(
    `^yubin_ingress_events_total\\{outcome="${outcome}",[^}]*\\} (\\d+)$`,
    "m",
  );
  const counts = await Promise.all(
    replicas.map(async (one) => Number(count.exec(await metricsOf(one))?.[1] ?? 0)),
  );
  return counts.reduce((sum, one) => sum + one, 0);
};

it("stores a thousand events once that come fifty times at once to two replicas, and again later", async () => {
  const channel = await addChannel(ingress);
  const webhooks = Array.from({ length: 50 }, () => Array.from({ length: 20 }, () => lineEvent()));
  const before = await counted("stored");
  // As LINE does: what could not be stored in time is delivered again.
  const post = async (webhook: number, replica: number): Promise<void> => {
    const answer = await verdict(postWebhook(at(replica), channel, webhooks[webhook] ?? []));
    if (answer === "503 store.unavailable") return post(webhook, replica);
    expect(answer).toBe("200");
  };
  // The copies of one webhook come one after the other, so that many of them are under way together.
  await inTurn(50 * webhooks.length, 16, (turn) => post(Math.floor(turn / 50), turn));
  await ingress.store.events.updateMany(
    { channelId: channel.id },
    { $set: { state: "applied", nextAt: null, appliedAt: new Date() } },
  );
  await inTurn(webhooks.length, 16, (turn) => post(turn, turn)); // hours later: applied long ago, and its job is gone

  expect((await counted("stored")) - before).toBe(1_000);
  const rows = await storedEvents(ingress, { channelId: channel.id });
  expect(rows).toHaveLength(1_000);
  expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(["applied"]));
});

it("takes no effect from bodies that somebody caught and sends again, young or old", async () => {
  const channel = await addChannel(ingress);
  const bodies = Array.from({ length: 20 }, () =>
    JSON.stringify({
      destination: channel.botUserId,
      events: Array.from({ length: 5 }, () => lineEvent()),
    }),
  );
  for (const body of bodies) expect(await verdict(postWebhook(ingress, channel, body))).toBe("200");
  const replay = (times: number): Promise<void> =>
    inTurn(times, 16, async (index) => {
      const body = bodies[index % bodies.length] ?? "";
      expect(await verdict(postWebhook(at(index), channel, body))).toBe("200");
    });
  const ours = { channelId: channel.id };
  const stored = await storedEvents(ingress, ours);
  await replay(2_000);
  expect(await storedEvents(ingress, ours)).toEqual(stored);

  // Their rows are gone after a month; what says that it is older than a week is kept aside then.
  await ingress.store.events.deleteMany(ours);
  aheadMs = 31 * 86_400_000;
  await replay(200);
  aheadMs = 0;
  const late = await storedEvents(ingress, ours);
  expect(late).toHaveLength(100);
  for (const row of late)
    expect(row).toMatchObject({ state: "quarantined", reason: "stale", nextAt: null });
});

it("refuses no webhook of LINE's while its secret changes under load, and the old one after an hour", async () => {
  const account = line.addChannel();
  const view = await jsonOf<ChannelView>(
    callApi(ingress, ["POST", "/v1/channels"], {
      channelAccessToken: account.accessToken,
      channelSecret: account.channelSecret,
      provider: "main",
    }),
  );
  const channel = { ...view, secret: account.channelSecret, workspaceId: "ws_main" };
  const verdicts: string[] = [];
  const post = async (index: number, secret: string): Promise<void> => {
    const body = JSON.stringify({ destination: view.botUserId, events: [lineEvent()] });
    const options = { signature: sign(secret, body) };
    verdicts.push(await verdict(postWebhook(at(index), channel, body, options)));
  };
  await inTurn(200, 20, (index) => post(index, account.channelSecret));
  const renewed = line.reissueSecret(account.channelId);
  const rotate = ["POST", `/v1/channels/${view.id}/credentials`] as const;
  expect(await verdict(callApi(ingress, rotate, { channelSecret: renewed }))).toBe("200");
  // What LINE had signed before is still on its way, and comes mixed with what it signs now.
  await inTurn(600, 20, (index) => post(index, index % 5 === 0 ? account.channelSecret : renewed));
  expect(new Set(verdicts)).toEqual(new Set(["200"]));

  aheadMs = 3_601_000;
  verdicts.length = 0;
  await post(0, account.channelSecret);
  await post(1, account.channelSecret);
  aheadMs = 0;
  expect(verdicts).toEqual(["401 signature_invalid", "401 signature_invalid"]);
});

it("tells all who ask at once of a secret that has changed, not only the first", async () => {
  const channel = await addChannel(ingress);
  const { open, seal } = createSealer(ingress.config.secretKeys);
  const keyring = createChannelKeyring({ store: ingress.store, open });
  const known = await keyring.byBot(channel.botUserId);
  if (!known) throw new Error("the channel was just added");
  const sealed = seal("0".repeat(32), `${channel.workspaceId}/${channel.id}`);
  await ingress.store.channels.updateOne(
    { _id: channel.id },
    { $set: { secrets: [{ sealed, validUntil: null }] } },
  );
  const fresh = await Promise.all(Array.from({ length: 10 }, () => keyring.refresh(known)));
  expect(new Set(fresh.map((keys) => keys?.secrets[0]?.value))).toEqual(new Set(["0".repeat(32)]));
});
