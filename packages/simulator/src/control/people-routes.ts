import { Router } from "express";
import { InvalidError, NotFoundError } from "../lever-errors.ts";
import type { Simulator } from "../simulator.ts";
import { optional, readFields, text, whole } from "./fields.ts";

const countMax = 5_000_000;
const pageDefault = 100;

/** People: make, look at, change what LINE shows of them, delete their account. */
export function peopleRoutes(simulator: Simulator): Router {
  const router = Router();
  router.post("/people", (req, res) => {
    const { count, provider = "provider-1" } = readFields(req.body, {
      count: whole,
      provider: optional(text),
    });
    if (count > countMax) throw new InvalidError(`count must be at most ${countMax}`);
    const first = simulator.countPeople(provider);
    const userIds = simulator.addPeople({ count, provider });
    res
      .status(201)
      .json({ provider, first, count: userIds.length, userIds: userIds.slice(0, pageDefault) });
  });
  router.get("/people/:provider", (req, res) => {
    const { from = 0, limit = pageDefault } = readFields(req.query, {
      from: optional(whole),
      limit: optional(whole),
    });
    const { provider } = req.params;
    const data = simulator.listPeople(provider, { from, limit });
    res.json({ data, total: simulator.countPeople(provider) });
  });
  router.get("/people/:provider/:userId", (req, res) => {
    const { provider, userId } = req.params;
    const person = simulator.person(provider, userId);
    if (!person) throw new NotFoundError(`provider ${provider} knows no person ${userId}`);
    res.json(person);
  });
  router.patch("/people/:provider/:userId", (req, res) => {
    const { provider, userId } = req.params;
    const shown = readFields(req.body, {
      displayName: optional(text),
      pictureUrl: optional(text),
      statusMessage: optional(text),
      language: optional(text),
    });
    simulator.setProfile(provider, userId, shown);
    res.json(simulator.person(provider, userId));
  });
  router.delete("/people/:provider/:userId", (req, res) => {
    simulator.deleteAccount(req.params.provider, req.params.userId);
    res.json({});
  });
  return router;
}
