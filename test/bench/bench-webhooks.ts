import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { tmpdir } from "node:os";

import { freePort } from "@yubin/servers";

import { startNode } from "../stack/node-process.ts";
import { perSecond, ratio, type BenchOptions, type BenchResult } from "./bench-result.ts";
import { startBenchWorld, type BenchWorld } from "./bench-world.ts";
import { load, type LoadRequest } from "./load.ts";
import { waitingSince } from "./waiting.ts";

const requestsDefault = 20_000;
const connections = 64;

/** Webhooks stored and answered per second ÷ bare Express with the signature check and no storage. */
export const benchWebhooks = async ({
  people: count = requestsDefault,
  log,
  profileDir,
}: BenchOptions): Promise<BenchResult> => {
  // No identity: its work is measured elsewhere, and here it would only take the cores that ingress needs.
  await using world = await startBenchWorld({ log, profileDir }, { identity: 0, sender: 0 });
  const barePort = await freePort();
  const bare = await startNode({
    name: "bare-webhooks",
    entry: "test/bench/bare-webhooks.ts",
    env: { PORT: String(barePort), SECRET: world.line.channelSecret },
    logDir: tmpdir(),
    readyUrl: `http://127.0.0.1:${barePort}/readyz`,
  });
  const bareOrigin = `http://127.0.0.1:${barePort}`;
  const ourOrigin = world.stack.ingressUrls[0] ?? "";

  await load({ origin: bareOrigin, requests: webhooks(world, 2_000), connections });
  await load({ origin: ourOrigin, requests: webhooks(world, 2_000), connections });
  log(`${count} webhooks of one event each, ${connections} at once`);

  const bareRun = await load({ origin: bareOrigin, requests: webhooks(world, count), connections });
  const waiting = await waitingSince(world.stack.running.ingress);
  const ourRun = await load({ origin: ourOrigin, requests: webhooks(world, count), connections });
  const shares = await waiting();
  const ours = perSecond(count, ourRun.ms);
  const half = await load({
    origin: ourOrigin,
    requests: webhooks(world, Math.floor(count / 2)),
    connections,
    perSecond: ours / 2,
  });
  await bare.stop();

  const bareRate = perSecond(count, bareRun.ms);
  const stored = await world.store.events.countDocuments({ channelId: world.channelId });
  return {
    name: "webhooks",
    server: world.server,
    figures: {
      "webhooks stored and answered/s": ours,
      "bare Express + signature/s": bareRate,
      "ratio (goal ≥ 0.50)": ratio(ours, bareRate),
      answers: JSON.stringify(ourRun.statuses),
      "events in the collection": stored,
      "p50 / p99 at full load, ms": `${ourRun.p50Ms} / ${ourRun.p99Ms}`,
      "p50 / p99 at half load, ms (goal p99 < 50)": `${half.p50Ms} / ${half.p99Ms}`,
      ...shares,
    },
  };
};

const webhooks = (world: BenchWorld, count: number): LoadRequest[] =>
  Array.from({ length: count }, () => {
    const userId = `U${randomBytes(16).toString("hex")}`;
    const event = {
      type: "message",
      mode: "active",
      timestamp: Date.now(),
      source: { type: "user", userId },
      webhookEventId: randomUUID(),
      deliveryContext: { isRedelivery: false },
      replyToken: randomUUID(),
      message: {
        type: "text",
        id: String(Date.now()),
        text: "こんにちは, how are you?",
        quoteToken: "q",
      },
    };
    const body = JSON.stringify({ destination: world.line.botUserId, events: [event] });
    const signature = createHmac("sha256", world.line.channelSecret).update(body).digest("base64");
    return {
      path: "/inbound/line",
      body,
      headers: { "content-type": "application/json", "x-line-signature": signature },
    };
  });
