import { Router } from "express";
import type { Simulator } from "../simulator.ts";
import { optional, readFields, text, whole } from "./fields.ts";

const limitDefault = 1_000;

/** The ledger: what was asked of LINE, and what it accepted for whom. */
export function ledgerRoutes(simulator: Simulator): Router {
  const router = Router();
  router.get("/ledger", (req, res) => {
    const { channelId } = readFields(req.query, { channelId: optional(text) });
    res.json(simulator.ledger.summary(channelId));
  });
  router.get("/ledger/markers", (req, res) => {
    const { limit = limitDefault, ...filter } = readFields(req.query, {
      prefix: optional(text),
      channelId: optional(text),
      limit: optional(whole),
    });
    res.json({ data: simulator.ledger.markers({ ...filter, limit }) });
  });
  router.get("/ledger/recipients", (req, res) => {
    const { marker, channelId } = readFields(req.query, {
      marker: text,
      channelId: optional(text),
    });
    res.json(Object.fromEntries(simulator.ledger.recipients(marker, channelId)));
  });
  router.get("/ledger/received", (req, res) => {
    const { to, channelId } = readFields(req.query, { to: text, channelId: optional(text) });
    res.json(Object.fromEntries(simulator.ledger.receivedBy(to, channelId)));
  });
  router.get("/ledger/requests", (req, res) => {
    const { to, channelId } = readFields(req.query, {
      to: optional(text),
      channelId: optional(text),
    });
    const filter = { ...(to && { recipient: to }), ...(channelId && { channelId }) };
    res.json({ data: simulator.ledger.requests(filter) });
  });
  router.get("/ledger/times", (req, res) => {
    const { channelId } = readFields(req.query, { channelId: optional(text) });
    res.json({ data: simulator.ledger.acceptedAt(channelId) });
  });
  router.delete("/ledger", (_req, res) => {
    simulator.ledger.clear();
    res.json({});
  });
  return router;
}
