import { acceptSend, refusedUnits, repeatedSend } from "../accept-send.ts";
import { failedToSend, invalidProperty, refusalOf } from "../answer.ts";
import type { Answer } from "../answer.ts";
import { recipientKind } from "../ids.ts";
import type { JsonObject } from "../json.ts";
import type { LineCall, LineRoute } from "../line-call.ts";
import { isReachableByPush } from "../reach.ts";
import { messageProblems } from "../rules/message-rules.ts";

/** Sends to one person, group or room. */
export const postPush: LineRoute = {
  endpoint: "push",
  method: "POST",
  path: "/v2/bot/message/push",
  auth: "bearer",
  json: true,
  retryKey: true,
  answer: (call) => {
    const repeated = repeatedSend(call);
    if (repeated) return repeated;
    const to = call.body["to"];
    const kind = typeof to === "string" ? recipientKind(to) : undefined;
    if (typeof to !== "string" || !kind) return invalidProperty("'to'");
    const problems = messageProblems(call.body["messages"], { mentions: kind !== "user" });
    if (problems.length > 0) return refusalOf(problems);
    const units = refusedUnits(call.body);
    if (units) return units;
    return kind === "user" ? pushToUser(call, to) : pushToGroup(call, to);
  },
};

function pushToUser(call: LineCall, userId: string): Answer {
  const { world, channel } = call;
  const index = world.people.indexOf(channel.provider, userId);
  if (index === undefined) return failedToSend;
  return accepted(call, {
    recipient: world.people.userId(channel.provider, index),
    delivered: isReachableByPush(world, channel, index) ? 1 : 0,
  });
}

function pushToGroup(call: LineCall, groupId: string): Answer {
  const group = call.world.groups.find(call.channel.channelId, groupId);
  if (!group?.botIsIn) return failedToSend;
  return accepted(call, { recipient: groupId, delivered: group.members.size });
}

const accepted = (call: LineCall, to: { recipient: string; delivered: number }): Answer =>
  acceptSend(call, {
    endpoint: "push",
    messages: call.body["messages"] as readonly JsonObject[],
    recipients: [to.recipient],
    delivered: to.delivered,
    billed: true,
    listsMessages: true,
  });
