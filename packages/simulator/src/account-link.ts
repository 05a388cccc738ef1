import type { AccountLink } from "./person-actions.ts";
import { newEvent } from "./new-event.ts";
import type { EventFields } from "./new-event.ts";
import type { WebhookEvent } from "./webhook-event.ts";
import type { World } from "./world.ts";

/** Uses the token up and tells the bot server; undefined, and no event, when it is used, expired or another channel's. */
export function tellAccountLink(
  world: World,
  { channelId, userId }: { channelId: string; userId: string },
  { linkToken, nonce }: AccountLink,
): { result: "ok" | "failed"; event: WebhookEvent } | undefined {
  const owner = world.linkTokens.use(linkToken);
  if (!owner || owner.channelId !== channelId) return undefined;
  const result = owner.userId === userId ? "ok" : "failed";
  const link = { result, nonce };
  const fields: EventFields =
    result === "ok"
      ? { type: "accountLink", source: { type: "user", userId }, reply: true, link }
      : { type: "accountLink", link };
  const event = newEvent(world, world.channels.get(channelId), fields);
  world.webhooks.deliver(channelId, [event]);
  return { result, event };
}
