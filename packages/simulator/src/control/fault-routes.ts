import { Router } from "express";
import { endpoints } from "../endpoints.ts";
import { faultKinds } from "../faults.ts";
import type { Simulator } from "../simulator.ts";
import { number, objects, oneOf, optional, readFields, text, whole } from "./fields.ts";

const rule = {
  kind: oneOf(faultKinds),
  endpoint: optional(oneOf([...endpoints, "any"])),
  channelId: optional(text),
  hangMs: optional(whole),
  latencyMs: optional(whole),
};

/** Faults: a share of all requests, or the next few. */
export function faultRoutes(simulator: Simulator): Router {
  const router = Router();
  router.get("/faults", (_req, res) => {
    res.json(simulator.faults.rules());
  });
  router.put("/faults", (req, res) => {
    const { rules } = readFields(req.body, { rules: objects });
    simulator.faults.set(rules.map((one) => readFields(one, { ...rule, rate: number })));
    res.json(simulator.faults.rules());
  });
  router.post("/faults/next", (req, res) => {
    simulator.faults.next(readFields(req.body, { ...rule, count: optional(whole) }));
    res.json(simulator.faults.rules());
  });
  router.delete("/faults", (_req, res) => {
    simulator.faults.clear();
    res.json({});
  });
  return router;
}
