import { notFound, refusal } from "../answer.ts";
import { onePixelPng } from "../contents.ts";
import type { LineRoute } from "../line-call.ts";

/** The picture a person sent, until they take it back. LINE serves this on api-data.line.me. */
export const getContent: LineRoute = {
  endpoint: "content",
  method: "GET",
  path: "/v2/bot/message/:messageId/content",
  auth: "bearer",
  answer: ({ world, channel, params: [messageId = ""] }) => {
    const state = world.contents.find(channel.channelId, messageId);
    if (state === undefined) return notFound;
    if (state === "unsent") return refusal(410, "Gone");
    return { status: 200, body: onePixelPng, contentType: "image/png" };
  },
};
