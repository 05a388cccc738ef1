import { notFound, ok, refusal } from "../answer.ts";
import { isUserId } from "../ids.ts";
import type { LineRoute } from "../line-call.ts";
import { isReachableByPush } from "../reach.ts";

/** Shows a person the account could push to; LINE does not tell why it cannot. */
export const getProfile: LineRoute = {
  endpoint: "profile",
  method: "GET",
  path: "/v2/bot/profile/:userId",
  auth: "bearer",
  answer: ({ world, channel, params: [userId = ""] }) => {
    if (!isUserId(userId)) return refusal(400, "The value for the 'userId' parameter is invalid");
    const index = world.people.indexOf(channel.provider, userId);
    if (index === undefined || !isReachableByPush(world, channel, index)) return notFound;
    return ok(world.people.profile(channel.provider, index));
  },
};
