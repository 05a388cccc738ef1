import { Router } from "express";
import { InvalidError } from "../lever-errors.ts";
import type { Simulator } from "../simulator.ts";
import { optional, readFields, text } from "./fields.ts";
import type { Reader } from "./fields.ts";

/** Below 0 for a token that has expired. */
const seconds: Reader<number> = (value, name) => {
  if (typeof value !== "number" || !Number.isInteger(value))
    throw new InvalidError(`${name} must be a whole number`);
  return value;
};

/** LINE Login: its channels, the tokens it hands to browsers, and whose phone opens LINE's pages. */
export function loginRoutes(simulator: Simulator): Router {
  const router = Router();
  router.post("/login-channels", (req, res) => {
    const options = readFields(req.body, {
      channelId: optional(text),
      channelSecret: optional(text),
      provider: optional(text),
    });
    res.status(201).json(simulator.addLoginChannel(options));
  });
  for (const [path, mint] of [
    ["id-token", "mintIdToken"],
    ["access-token", "mintAccessToken"],
  ] as const) {
    router.post(`/login-channels/:id/${path}`, (req, res) => {
      const { userId, ...options } = readFields(req.body, {
        userId: text,
        expiresInSeconds: optional(seconds),
        nonce: optional(text),
        audience: optional(text),
        issuer: optional(text),
      });
      res.status(201).json({ token: simulator[mint](req.params.id, userId, options) });
    });
  }
  router.put("/phone", (req, res) => {
    const { userId } = readFields(req.body, { userId: optional(text) });
    simulator.holdPhone(userId);
    res.json({});
  });
  return router;
}
