import { Router } from "express";
import type { ChannelOptions, ChannelPatch } from "../channels.ts";
import { endpoints } from "../endpoints.ts";
import { InvalidError } from "../lever-errors.ts";
import type { Simulator } from "../simulator.ts";
import {
  flag,
  number,
  object,
  oneOf,
  optional,
  readFields,
  shaped,
  text,
  whole,
} from "./fields.ts";
import type { Reader } from "./fields.ts";

const rate = shaped({ limit: number, perMs: number });
const rates = shaped(
  Object.fromEntries(endpoints.map((endpoint) => [endpoint, optional(rate)] as const)),
);

const delivery = shaped({
  copiesMax: optional(whole),
  shuffle: optional(flag),
  batchMax: optional(whole),
  concurrency: optional(whole),
  timeoutMs: optional(whole),
  attemptsMax: optional(whole),
  backoffMs: optional(whole),
});

const plan: Reader<NonNullable<ChannelOptions["plan"]>> = (value, name) => {
  const { type, value: limit } = readFields(object(value, name), {
    type: oneOf(["none", "limited"]),
    value: optional(whole),
  });
  if (type === "none") return { type };
  if (limit === undefined) throw new InvalidError("a limited plan needs a value");
  return { type, value: limit };
};

const changeable = {
  displayName: optional(text),
  premiumId: optional(text),
  chatMode: optional(oneOf(["chat", "bot"])),
  verified: optional(flag),
  plan: optional(plan),
  webhookUrl: optional(text),
  webhookActive: optional(flag),
  redelivery: optional(flag),
  rates: optional(rates),
  delivery: optional(delivery),
};

const fixed = {
  channelId: optional(text),
  channelSecret: optional(text),
  accessToken: optional(text),
  provider: optional(text),
  basicId: optional(text),
};

/** Channels: make, look at, change, and their credentials. */
export function channelRoutes(simulator: Simulator): Router {
  const router = Router();
  router.post("/channels", (req, res) => {
    const options: ChannelOptions = readFields(req.body, { ...fixed, ...changeable });
    res.status(201).json(simulator.addChannel(options));
  });
  router.get("/channels", (_req, res) => {
    res.json({ data: simulator.channels() });
  });
  router.get("/channels/:id", (req, res) => {
    const { id } = req.params;
    res.json({ ...simulator.channel(id), ...simulator.friendCounts(id) });
  });
  router.patch("/channels/:id", (req, res) => {
    const patch: ChannelPatch = readFields(req.body, changeable);
    res.json(simulator.updateChannel(req.params.id, patch));
  });
  router.post("/channels/:id/rotate-token", (req, res) => {
    const { overlapMs } = readFields(req.body, { overlapMs: optional(whole) });
    res.json({ accessToken: simulator.rotateToken(req.params.id, overlapMs) });
  });
  router.post("/channels/:id/reissue-secret", (req, res) => {
    res.json({ channelSecret: simulator.reissueSecret(req.params.id) });
  });
  router.post("/revoke-token", (req, res) => {
    simulator.revokeToken(readFields(req.body, { accessToken: text }).accessToken);
    res.json({});
  });
  return router;
}
