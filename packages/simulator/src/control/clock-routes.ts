import { Router } from "express";
import type { Simulator } from "../simulator.ts";
import { number, readFields } from "./fields.ts";

/** Time, and starting over. */
export function clockRoutes(simulator: Simulator): Router {
  const router = Router();
  router.post("/clock", (req, res) => {
    simulator.advanceClock(readFields(req.body, { advanceMs: number }).advanceMs);
    res.json({ now: new Date(simulator.now()).toISOString() });
  });
  router.post("/reset", (_req, res) => {
    simulator.reset();
    res.json({});
  });
  return router;
}
