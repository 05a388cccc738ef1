import { acceptSend } from "../accept-send.ts";
import { invalidProperty, invalidReplyToken, refusalOf } from "../answer.ts";
import { recipientKind } from "../ids.ts";
import type { JsonObject } from "../json.ts";
import type { LineCall, LineRoute } from "../line-call.ts";
import { isReachableByPush } from "../reach.ts";
import { messageProblems } from "../rules/message-rules.ts";

/** Answers an event, once and within its minute. Free of charge, and without retry keys. */
export const postReply: LineRoute = {
  endpoint: "reply",
  method: "POST",
  path: "/v2/bot/message/reply",
  auth: "bearer",
  json: true,
  answer: (call) => {
    const { world, channel, body } = call;
    const token = body["replyToken"];
    if (typeof token !== "string" || token === "") return invalidProperty("'replyToken'");
    const target = world.replyTokens.peek(token, channel.channelId);
    const mentions = target !== undefined && recipientKind(target.to) !== "user";
    const problems = messageProblems(body["messages"], { mentions });
    if (problems.length > 0) return refusalOf(problems);
    if (!target) return invalidReplyToken;
    world.replyTokens.use(token);
    return acceptSend(call, {
      endpoint: "reply",
      messages: body["messages"] as readonly JsonObject[],
      recipients: [target.to],
      delivered: deliveredTo(call, target.to),
      billed: false,
      listsMessages: true,
    });
  },
};

function deliveredTo({ world, channel }: LineCall, to: string): number {
  const group = world.groups.find(channel.channelId, to);
  if (group) return group.botIsIn ? group.members.size : 0;
  const index = world.people.indexOf(channel.provider, to);
  return index !== undefined && isReachableByPush(world, channel, index) ? 1 : 0;
}
