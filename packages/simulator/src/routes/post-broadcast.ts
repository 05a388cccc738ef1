import { acceptSend, repeatedSend } from "../accept-send.ts";
import { refusalOf } from "../answer.ts";
import type { JsonObject } from "../json.ts";
import type { LineCall, LineRoute } from "../line-call.ts";
import { isReachableFriend } from "../reach.ts";
import { messageProblems } from "../rules/message-rules.ts";

/** Sends the same to every friend. */
export const postBroadcast: LineRoute = {
  endpoint: "broadcast",
  method: "POST",
  path: "/v2/bot/message/broadcast",
  auth: "bearer",
  json: true,
  retryKey: true,
  answer: (call) => {
    const repeated = repeatedSend(call);
    if (repeated) return repeated;
    const problems = messageProblems(call.body["messages"]);
    if (problems.length > 0) return refusalOf(problems);
    const recipients = friendsOf(call);
    return acceptSend(call, {
      endpoint: "broadcast",
      messages: call.body["messages"] as readonly JsonObject[],
      recipients,
      delivered: recipients.length,
      billed: true,
      listsMessages: false,
    });
  },
};

function friendsOf({ world, channel }: LineCall): string[] {
  const friends: string[] = [];
  const { friendships, people } = world;
  let index = friendships.nextFriend(channel.channelId, 0);
  while (index !== undefined) {
    if (isReachableFriend(world, channel, index)) {
      friends.push(people.userId(channel.provider, index));
    }
    index = friendships.nextFriend(channel.channelId, index + 1);
  }
  return friends;
}
