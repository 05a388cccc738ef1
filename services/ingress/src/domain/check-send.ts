import { Failure } from "@yubin/errors";
import {
  checkAttributes,
  limits,
  parseProfileRef,
  type PreviewRequest,
  type SendRequest,
} from "@yubin/types";

import type { Channel } from "./channel.ts";

/** What `POST /v1/messages` refuses beyond shapes: references that are none, times that cannot be meant. */
export const checkSend = (request: SendRequest, channel: Channel, now: Date): void => {
  checkRecipient(request.to, channel);
  checkSendAt(request.sendAt, now);
  checkSendBefore(request, now);
  checkData(request.data);
};

/** The same of a preview, which needs nobody and happens now. */
export const checkPreview = ({ to, data }: PreviewRequest, channel: Channel): void => {
  if (to !== undefined) checkRecipient(to, channel);
  checkData(data);
};

/** Values that templates may read. */
export const checkData = (data: SendRequest["data"]): void => {
  const problem = data ? checkAttributes(data, "data") : undefined;
  if (problem) throw new Failure(problem.code, problem.message, { field: problem.field });
};

/** Somebody whom this channel can be asked to write to; `field` is where they are named. */
export const checkRecipient = (to: SendRequest["to"], channel: Channel, field = "to"): void => {
  if (typeof to === "string") {
    if (!parseProfileRef(to))
      throw new Failure(
        "request_invalid",
        "a reference is prof_…, user:…, email:… or line:<provider>:…",
        { field },
      );
    return;
  }
  if (to.provider !== channel.provider)
    throw new Failure("provider_unknown", "the channel belongs to another provider", {
      field: `${field}.provider`,
    });
};

/** It must leave some time to send in. */
export const checkSendBefore = (
  { sendBefore, sendAt }: Pick<SendRequest, "sendBefore" | "sendAt">,
  now: Date,
): void => {
  if (!sendBefore) return;
  const at = Date.parse(sendBefore);
  const from = Math.max(now.getTime(), sendAt === undefined ? 0 : Date.parse(sendAt));
  if (at <= from || at > now.getTime() + limits.sendAtAheadMs)
    throw new Failure(
      "send_at_invalid",
      "sendBefore must be ahead, after sendAt, and by at most 366 days",
      { field: "sendBefore" },
    );
};

/** A moment for clocks that differ; what is further back was not meant. */
const lateMs = 60_000;

const checkSendAt = (sendAt: string | undefined, now: Date): void => {
  if (sendAt === undefined) return;
  const at = new Date(sendAt).getTime();
  const fits = at >= now.getTime() - lateMs && at <= now.getTime() + limits.sendAtAheadMs;
  if (!fits)
    throw new Failure("send_at_invalid", "sendAt must be ahead, by at most 366 days", {
      field: "sendAt",
    });
};
