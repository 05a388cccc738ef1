import { InvalidError } from "../lever-errors.ts";
import type { Simulator } from "../simulator.ts";
import { optional, readFields, texts, whole } from "./fields.ts";

/** The people a bulk action is for: named, or by number (`from` and `count`) under the channel's provider. */
export function choosePeople(
  simulator: Simulator,
  channelId: string,
  body: unknown,
): readonly string[] {
  const { userIds, from, count } = readFields(body, {
    userIds: optional(texts),
    from: optional(whole),
    count: optional(whole),
  });
  if (userIds && from === undefined && count === undefined) return userIds;
  if (userIds) throw new InvalidError("give userIds, or from and count");
  const { provider } = simulator.channel(channelId);
  const range = { from: from ?? 0, limit: count ?? simulator.countPeople(provider) };
  return simulator.userIds(provider, range);
}
