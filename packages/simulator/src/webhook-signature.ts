import { createHmac } from "node:crypto";

/** What LINE puts into `x-line-signature`: the body's HMAC under the channel secret taken as text. */
export const webhookSignature = (channelSecret: string, body: string | Uint8Array): string =>
  createHmac("sha256", channelSecret).update(body).digest("base64");
