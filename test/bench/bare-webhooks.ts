import { createHmac, timingSafeEqual } from "node:crypto";
import express from "express";

/** The baseline of the webhook benchmark: Express and the signature check, and nothing behind it. */
const { PORT: port, SECRET: secret = "" } = process.env;
const app = express();
app.get("/readyz", (_req, res) => {
  res.sendStatus(200);
});
app.post("/inbound/line", express.raw({ type: "*/*", limit: "1mb" }), (req, res) => {
  const expected = createHmac("sha256", secret)
    .update(req.body as Buffer)
    .digest();
  const given = Buffer.from(req.get("x-line-signature") ?? "", "base64");
  const isSigned = given.length === expected.length && timingSafeEqual(given, expected);
  JSON.parse((req.body as Buffer).toString());
  res.sendStatus(isSigned ? 200 : 401);
});
app.listen(Number(port), "127.0.0.1");
