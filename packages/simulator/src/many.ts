import type { PersonActions } from "./person-actions.ts";
import type { World } from "./world.ts";

/** What many people can do at once. */
export type BulkAction = "follow" | "block" | "unblock";

const chunkMax = 1_000;
const pendingMax = 20_000;

/**
 * Lets many people do the same, without piling up more than 20,000 events before the bot server: a million
 * follows would not fit into memory otherwise. Resolves to the number of events once all are on their way.
 */
export async function many(
  world: World,
  act: PersonActions[BulkAction],
  { channelId, userIds }: { channelId: string; userIds: readonly string[] },
): Promise<number> {
  const release = world.webhooks.hold();
  let events = 0;
  try {
    for (let from = 0; from < userIds.length; from += chunkMax) {
      await world.webhooks.below(channelId, pendingMax);
      events += act(channelId, userIds.slice(from, from + chunkMax)).length;
    }
  } finally {
    release();
  }
  return events;
}
