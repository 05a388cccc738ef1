import { Router } from "express";
import type { RequestHandler } from "express";
import type { Simulator } from "../simulator.ts";
import { optional, readFields, text, texts, whole } from "./fields.ts";
import type { Reader } from "./fields.ts";

/** Webhooks: how they are getting on, what went out, and bodies LINE would never send. */
export function webhookRoutes(simulator: Simulator): Router {
  const router = Router();
  router.get("/webhooks", (req, res) => {
    const { channelId } = readFields(req.query, { channelId: optional(text) });
    res.json(simulator.webhooks.stats(channelId));
  });
  router.get("/webhooks/settled", getSettled(simulator));
  router.get("/webhooks/log", (req, res) => {
    const { channelId } = readFields(req.query, { channelId: optional(text) });
    res.json({ data: simulator.webhooks.log(channelId) });
  });
  router.post("/webhooks/pause", (_req, res) => {
    simulator.webhooks.pause();
    res.json({});
  });
  router.post("/webhooks/resume", (_req, res) => {
    simulator.webhooks.resume();
    res.json({});
  });
  router.put("/webhooks/balance", (req, res) => {
    const { origin, targets } = readFields(req.body, { origin: text, targets: texts });
    simulator.webhooks.balance(origin, targets);
    res.json({});
  });
  router.post("/channels/:id/webhook", postWebhook(simulator));
  router.post("/channels/:id/sign", (req, res) => {
    const { body } = readFields(req.body, { body: text });
    res.json({ signature: simulator.sign(req.params.id, body) });
  });
  return router;
}

const settledTimeoutMs = 30_000;

const signature: Reader<string | null> = (value, name) =>
  value === null ? null : text(value, name);

/** Answers once nothing is on its way, or 504 with the numbers when that takes too long. */
const getSettled =
  (simulator: Simulator): RequestHandler =>
  async (req, res) => {
    const { timeoutMs = settledTimeoutMs, ...filter } = readFields(req.query, {
      channelId: optional(text),
      timeoutMs: optional(whole),
    });
    const settled = await simulator.webhooks.settled({ ...filter, timeoutMs }).then(
      () => true,
      () => false,
    );
    const stats = simulator.webhooks.stats(filter.channelId);
    res.status(settled ? 200 : 504).json({ settled, ...stats });
  };

const postWebhook =
  (simulator: Simulator): RequestHandler<{ id: string }> =>
  async (req, res) => {
    const { body, ...options } = readFields(req.body, {
      body: text,
      secret: optional(text),
      signature: optional(signature),
      url: optional(text),
    });
    res.json(await simulator.postWebhook(req.params.id, body, options));
  };
