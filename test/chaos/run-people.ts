import { setTimeout as pause } from "node:timers/promises";

import {
  checkPeople,
  createIssuer,
  createOperations,
  createRandom,
  provider,
  type Checked,
  type Issued,
  type Random,
} from "@yubin/people-model";
import { createProducer, type Producer } from "@yubin/queue";
import { applyEvents } from "@yubin/types";

import { until } from "../stack/until.ts";
import { createReached, keepKilling } from "./disturbances.ts";
import { startWorld, type World } from "./world.ts";

export interface PeopleOptions {
  readonly seed: number;
  readonly operations: number;
  readonly ids: number;
  /** SIGKILLs of identity, of which four run. */
  readonly kills: number;
  readonly timeoutMs: number;
  readonly log?: (line: string) => void;
}

export interface PeopleReport extends Checked {
  readonly kills: number;
  /** Until every event had its end. */
  readonly seconds: number;
}

const quiet = (): void => undefined;
const workspaceId = "ws_model";
const channelId = "chan_model";
const chunk = 500;
const wordEvery = 25_000;
const jobSizeMax = 20;
/** So many jobs ahead that four processes always have work, and no more: commands are about what is true by then. */
const waitingMax = 60;

/** Random operations on few people by four identities that are killed, compared with one after the other. */
export const runPeople = async (options: PeopleOptions): Promise<PeopleReport> => {
  await using world = await startWorld({
    seed: options.seed,
    replicas: { ingress: 1, identity: 4, sender: 0 },
    env: { SWEEP_EVERY_MS: "1000", LOG_LEVEL: "warn" },
    ...(options.log && { log: options.log }),
  });
  await prepare(world);
  const producer = createProducer({
    redisUrl: world.servers.redis.url,
    deadlineMs: 5_000,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  const issued: Issued[] = [];
  const startedAt = performance.now();
  const ended = new AbortController();
  const reached = createReached(() => issued.length / options.operations, ended.signal);
  const [kills] = await Promise.all([
    keepKilling(world, { service: "identity", times: options.kills }, reached, ended.signal),
    tellAll(world, producer, issued, options)
      .then(() => allEnded(world, options.timeoutMs))
      .finally(() => ended.abort()),
  ]);
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  await producer.close();
  options.log?.(`${issued.length} events have their end after ${seconds} s; now the sweepers`);
  await allSwept(world, options.timeoutMs);
  return { kills, seconds, ...(await checkPeople(world.store, workspaceId, issued)) };
};

/** A workspace of its own, in which no number of merges is a storm. */
const prepare = async ({ store, channelId: connectedId }: World): Promise<void> => {
  const connected = await store.channels.findOne({ _id: connectedId });
  if (!connected) throw new Error("the channel is not there");
  await store.channels.insertOne({
    ...connected,
    _id: channelId,
    workspaceId,
    provider,
    lineChannelId: "1",
    botUserId: "model",
    state: "stopped",
  });
  const rules = { mergesPerHourMax: 1_000_000_000, conflictPolicy: "hold" as const };
  await store.workspaces.updateOne({ _id: workspaceId }, { $set: rules }, { upsert: true });
};

const tellAll = async (
  world: World,
  producer: Producer,
  issued: Issued[],
  { seed, operations, ids, log }: PeopleOptions,
): Promise<void> => {
  const random = createRandom(seed + 1);
  const next = createOperations(seed, ids);
  const issue = createIssuer({ store: world.store, workspaceId, channelId });
  // An operation that finds nothing to act on (a merge to undo, before the first) tells nothing and does not count.
  let nextWord = wordEvery;
  while (issued.length < operations) {
    while (((await producer.depths([applyEvents.queue]))[0]?.waiting ?? 0) > waitingMax)
      await pause(20);
    const some = await issue(
      Array.from({ length: Math.min(chunk, operations - issued.length) }, next),
    );
    issued.push(...some);
    const jobs = jobsOf(some, random);
    await producer.enqueue(
      applyEvents,
      jobs.map((eventIds) => ({ v: 1 as const, workspaceId, eventIds })),
    );
    if (issued.length >= nextWord) {
      log?.(`${issued.length} operations are told`);
      nextWord += wordEvery;
    }
  }
};

/** Some jobs are about anybody, and get into the way of many; most are about people who know each other. */
const jobsOf = (issued: readonly Issued[], random: Random): string[][] => {
  const isMixed = random.below(4) === 0;
  const parts = Map.groupBy(issued, ({ operation }) => (isMixed ? 0 : operation.group.at));
  return [...parts.values()].flatMap((part) => {
    const eventIds = part.map(({ row }) => row._id);
    const jobs: string[][] = [];
    while (eventIds.length > 0) jobs.push(eventIds.splice(0, 1 + random.below(jobSizeMax)));
    return jobs;
  });
};

const allEnded = async ({ store }: World, timeoutMs: number): Promise<void> => {
  const waiting = { workspaceId, state: "stored" as const };
  await until(async () => (await store.events.findOne(waiting)) === null || undefined, {
    what: "every event to have its end",
    timeoutMs,
    everyMs: 500,
  });
};

/** Longer than a sweeper waits for a merge, and than an erasure waits for its second look. */
const graceMs = 20_000;

const allSwept = async ({ store }: World, timeoutMs: number): Promise<void> => {
  await pause(graceMs);
  const open = { workspaceId, state: { $in: ["started" as const, "undoing" as const] } };
  const unseen = { workspaceId, "parts.identity": null };
  await until(
    async () =>
      ((await store.merges.findOne(open)) ?? (await store.erasures.findOne(unseen))) === null ||
      undefined,
    { what: "every merge and every erasure to be settled", timeoutMs, everyMs: 500 },
  );
};
