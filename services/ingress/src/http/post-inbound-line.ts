import { Failure } from "@yubin/errors";
import { parseJson } from "@yubin/kit";
import { limits } from "@yubin/types";
import type { Request, RequestHandler } from "express";

import type { EventInbox, Step } from "../domain/inbound-event.ts";
import type { ChannelKeys } from "../domain/channel-keys.ts";
import { readWebhook } from "../domain/read-webhook.ts";
import { verifyWebhook, type VerifyWebhookDeps } from "../domain/verify-webhook.ts";
import type { RouteTimeout } from "./api-route.ts";
import type { MountDeps } from "./mount-route.ts";
import type { WebhookCounts } from "./webhook-counts.ts";

export interface PostInboundLineDeps extends VerifyWebhookDeps {
  readonly inbox: EventInbox;
  readonly counts: WebhookCounts;
  readonly within: MountDeps["within"];
  readonly step?: Step;
}

/** LINE takes an answer after 2 s for none. */
const timeout: RouteTimeout = { ms: 1_500, code: "store.unavailable" };

/** LINE's webhooks: verified over the raw bytes, stored, and only then answered. */
export const postInboundLine =
  (deps: PostInboundLineDeps): RequestHandler =>
  async (req, res) => {
    const bytes = req.body as Buffer;
    const signature = signatureOf(req);
    await deps.within(timeout, async () => {
      const channelId = req.params["channelId"];
      const keys = await verifyWebhook(deps, {
        bytes,
        signature,
        channelId: typeof channelId === "string" ? channelId : undefined,
      });
      res.locals["channelId"] = keys.channelId;
      await storeEvents(deps, bytes, keys);
    });
    await deps.step?.("answer");
    res.status(200).end();
  };

/** Before the body is read: without a signature there is nothing to read it for. */
export const requireSignature: RequestHandler = (req, _res, next) => {
  signatureOf(req);
  next();
};

const storeEvents = async (
  deps: PostInboundLineDeps,
  bytes: Buffer,
  keys: ChannelKeys,
): Promise<void> => {
  const body = parseJson(bytes, { depth: limits.jsonDepth, strict: false });
  const reading = readWebhook(body, keys.botUserId, {
    workspaceId: keys.workspaceId,
    channelId: keys.channelId,
    receivedAt: deps.now(),
  });
  const stored = await deps.inbox.add(reading.events);
  deps.counts.webhook(reading, stored);
};

/** Two signatures are none: Node joins equal headers by a comma, which no signature holds. */
const signatureOf = (req: Request): string => {
  const signature = req.headers["x-line-signature"];
  if (signature === undefined || signature === "")
    throw new Failure("signature_missing", "the x-line-signature header is absent");
  if (typeof signature !== "string")
    throw new Failure("signature_invalid", "the signature does not match");
  return signature;
};
