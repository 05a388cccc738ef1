import { notFound, ok, refusal } from "../answer.ts";
import { isUserId } from "../ids.ts";
import type { LineRoute } from "../line-call.ts";
import { isReachableFriend } from "../reach.ts";

/** Issues an account-link token for a friend: ten minutes, one use. */
export const postLinkToken: LineRoute = {
  endpoint: "linkToken",
  method: "POST",
  path: "/v2/bot/user/:userId/linkToken",
  auth: "bearer",
  answer: ({ world, channel, params: [userId = ""] }) => {
    if (!isUserId(userId)) return refusal(400, "The value for the 'userId' parameter is invalid");
    const index = world.people.indexOf(channel.provider, userId);
    if (index === undefined || !isReachableFriend(world, channel, index)) return notFound;
    return ok({ linkToken: world.linkTokens.issue(channel.channelId, userId) });
  },
};
