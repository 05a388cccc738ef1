import { notEntitled, ok, refusal } from "../answer.ts";
import { hexId } from "../ids.ts";
import type { LineCall, LineRoute } from "../line-call.ts";
import { isReachableFriend } from "../reach.ts";

const limitDefault = 300;
const limitMax = 1_000;

/** Lists the friends page by page; for verified accounts only. */
export const getFollowers: LineRoute = {
  endpoint: "followers",
  method: "GET",
  path: "/v2/bot/followers/ids",
  auth: "bearer",
  answer: (call) => {
    if (!call.channel.verified) return notEntitled;
    const limit = Number(call.query.get("limit") ?? limitDefault);
    if (!Number.isInteger(limit) || limit < 1 || limit > limitMax) {
      return refusal(400, "Invalid limit param");
    }
    const start = call.query.get("start");
    const from = start === null ? 0 : readToken(call, start);
    return from === undefined ? refusal(400, "Invalid start param") : page(call, from, limit);
  },
};

function page(call: LineCall, from: number, limit: number) {
  const { world, channel } = call;
  const userIds: string[] = [];
  let index = world.friendships.nextFriend(channel.channelId, from);
  while (index !== undefined && userIds.length < limit) {
    if (isReachableFriend(world, channel, index)) {
      userIds.push(world.people.userId(channel.provider, index));
    }
    index = world.friendships.nextFriend(channel.channelId, index + 1);
  }
  return ok({ userIds, ...(index !== undefined && { next: writeToken(call, index) }) });
}

/** The token carries its own position and end, signed so that no other is taken. */
function writeToken(call: LineCall, index: number): string {
  const endsAtMs = Math.floor(call.world.clock.now() + call.world.settings.followersTokenLifeMs);
  const place = `${index.toString(36)}.${endsAtMs.toString(36)}`;
  return `${place}.${signatureOf(call, place)}`;
}

function readToken(call: LineCall, token: string): number | undefined {
  const [index = "", end = "", signature] = token.split(".");
  if (signature !== signatureOf(call, `${index}.${end}`)) return undefined;
  return Number.parseInt(end, 36) > call.world.clock.now() ? Number.parseInt(index, 36) : undefined;
}

const signatureOf = ({ world, channel }: LineCall, place: string): string =>
  hexId(world.settings.seed, "followers", channel.channelId, place).slice(0, 12);
