import type { WebhookEvent } from "@yubin/simulator";
import type { FriendshipState } from "@yubin/types";

import { until } from "../stack/until.ts";
import {
  createReached,
  disturbServers,
  keepKilling,
  type ServersDisturbed,
} from "./disturbances.ts";
import { provider, startWorld, type World } from "./world.ts";

export interface WebhooksOptions {
  readonly seed: number;
  readonly people: number;
  readonly events: number;
  /** SIGKILLs of identity. */
  readonly kills: number;
  readonly flushes: number;
  readonly mongoKills: number;
  readonly timeoutMs: number;
  readonly log?: (line: string) => void;
}

export interface WebhooksReport extends ServersDisturbed {
  readonly kills: number;
  readonly events: number;
  /** Requests by status, as LINE saw them. */
  readonly answers: Readonly<Record<string, number>>;
  readonly rows: number;
  readonly applied: number;
  /** Events that were answered 2xx and are not there, or wait for ever. */
  readonly lost: number;
  readonly profiles: number;
  /** People whose friendship is not that of their newest event. */
  readonly wrongFriendships: number;
}

/** Events, each delivered one to five times and in random order to two ingress replicas, while things die. */
export const runWebhooks = async (options: WebhooksOptions): Promise<WebhooksReport> => {
  await using world = await startWorld({
    seed: options.seed,
    replicas: { ingress: 2, identity: 2, sender: 1 },
    simulator: {
      delivery: { copiesMax: 5, shuffle: true, batchMax: 8, backoffMs: 300, attemptsMax: 30 },
    },
    ...(options.log && { log: options.log }),
  });
  const people = world.simulator.addPeople({ provider, count: options.people });

  world.simulator.webhooks.pause();
  const events = Array.from({ length: options.events }, () =>
    happen(world, world.random.pick(people)),
  );
  world.simulator.webhooks.resume();

  const ended = new AbortController();
  const share = async (): Promise<number> => {
    const applied = await world.store.events.countDocuments({ source: "line", state: "applied" });
    return applied / events.length;
  };
  const reached = createReached(() => share().catch(() => 0), ended.signal); // MongoDB may be away
  const [kills, disturbed] = await Promise.all([
    keepKilling(world, { service: "identity", times: options.kills }, reached, ended.signal),
    disturbServers(world, options, reached, ended.signal),
    allApplied(world, share, options).finally(() => ended.abort()),
  ]);
  return { kills, ...disturbed, ...(await lookAt(world, events)) };
};

/** Answered 2xx each, and applied each. */
const allApplied = async (
  world: World,
  share: () => Promise<number>,
  { timeoutMs, log }: WebhooksOptions,
): Promise<void> => {
  await world.simulator.webhooks.settled({ timeoutMs });
  log?.("every event is answered 2xx");
  await until(async () => (await share().catch(() => 0)) >= 1 || undefined, {
    what: "every event to be applied",
    timeoutMs,
    everyMs: 500,
  });
};

const happen = (world: World, userId: string): WebhookEvent => {
  const { channelId } = world.line;
  const kind = world.random.below(5);
  if (kind === 0) return world.simulator.say(channelId, userId, "hello");
  if (kind === 1) return world.simulator.postback(channelId, userId, "menu=1");
  const [event] =
    kind < 4 ? world.simulator.follow(channelId, userId) : world.simulator.block(channelId, userId);
  // Following twice or blocking twice is no event at LINE; a word is always one.
  return event ?? world.simulator.say(channelId, userId, "still here");
};

const lookAt = async (
  world: World,
  events: readonly WebhookEvent[],
): Promise<Omit<WebhooksReport, "kills" | keyof ServersDisturbed>> => {
  const stats = world.simulator.webhooks.stats();
  const rows = await world.store.events.find({ source: "line" }).toArray();
  const applied = rows.filter((row) => row.state === "applied").length;
  const known = new Set(rows.map((row) => row._id));
  const expected = newestFriendships(events);

  let wrongFriendships = 0;
  const profiles = await world.store.profiles.find({}).toArray();
  for (const [userId, state] of expected) {
    const accounts = profiles.flatMap((profile) =>
      profile.lineAccounts.filter((one) => one.lineUserId === userId),
    );
    const [account] = accounts;
    if (accounts.length !== 1 || account?.friendship[world.channelId]?.state !== state)
      wrongFriendships += 1;
  }
  return {
    events: events.length,
    answers: stats.answers,
    rows: rows.length,
    applied,
    lost:
      events.filter((event) => !known.has(`${world.channelId}/${event.webhookEventId}`)).length +
      stats.givenUp,
    profiles: profiles.length,
    wrongFriendships,
  };
};

/** What each person's newest follow or unfollow says, by LINE's time and event id. */
const newestFriendships = (events: readonly WebhookEvent[]): Map<string, FriendshipState> => {
  const newest = new Map<string, WebhookEvent>();
  for (const event of events) {
    if (event.type !== "follow" && event.type !== "unfollow") continue;
    const userId = event.source?.userId ?? "";
    const held = newest.get(userId);
    if (!held || isNewer(event, held)) newest.set(userId, event);
  }
  return new Map(
    [...newest].map(([userId, event]) => [
      userId,
      event.type === "follow" ? "following" : "blocked",
    ]),
  );
};

const isNewer = (one: WebhookEvent, other: WebhookEvent): boolean =>
  one.timestamp > other.timestamp ||
  (one.timestamp === other.timestamp && one.webhookEventId > other.webhookEventId);
