import { acceptSend, refusedUnits, repeatedSend } from "../accept-send.ts";
import { failedToSend, invalidProperty, refusalOf } from "../answer.ts";
import type { Answer } from "../answer.ts";
import { isUserId } from "../ids.ts";
import type { JsonObject } from "../json.ts";
import type { LineCall, LineRoute } from "../line-call.ts";
import { isReachableFriend } from "../reach.ts";
import { messageProblems } from "../rules/message-rules.ts";

const recipientsMax = 500;

/** Sends the same to up to 500 people: all of them, or none when one id is malformed. */
export const postMulticast: LineRoute = {
  endpoint: "multicast",
  method: "POST",
  path: "/v2/bot/message/multicast",
  auth: "bearer",
  json: true,
  retryKey: true,
  answer: (call) => {
    const repeated = repeatedSend(call);
    if (repeated) return repeated;
    const to = call.body["to"];
    if (!Array.isArray(to)) return invalidProperty("'to'");
    if (to.length < 1 || to.length > recipientsMax) {
      return refusalOf([
        { message: `Size must be between 1 and ${recipientsMax}`, property: "to" },
      ]);
    }
    const wrong = to.findIndex((id) => typeof id !== "string" || !isUserId(id));
    if (wrong >= 0) return invalidProperty(`to[${wrong}]`);
    const problems = messageProblems(call.body["messages"]);
    if (problems.length > 0) return refusalOf(problems);
    return refusedUnits(call.body) ?? multicast(call, to as string[]);
  },
};

function multicast(call: LineCall, to: readonly string[]): Answer {
  const { world, channel } = call;
  const recipients: string[] = [];
  let delivered = 0;
  for (const userId of to) {
    const index = world.people.indexOf(channel.provider, userId);
    if (index === undefined) {
      if (world.settings.multicastUnknown === "refuse") return failedToSend;
      recipients.push(userId);
    } else {
      recipients.push(world.people.userId(channel.provider, index));
      if (isReachableFriend(world, channel, index)) delivered += 1;
    }
  }
  return acceptSend(call, {
    endpoint: "multicast",
    messages: call.body["messages"] as readonly JsonObject[],
    recipients,
    delivered,
    billed: true,
    listsMessages: false,
  });
}
