import type { RatedFault } from "@yubin/simulator";
import type { OutcomeCounts } from "@yubin/types";

import { until } from "../stack/until.ts";
import {
  createReached,
  disturbServers,
  keepKilling,
  type ServersDisturbed,
} from "./disturbances.ts";
import {
  campaignMetrics,
  recount,
  recountSeries,
  seriesByMinute,
  told,
  type Recounted,
} from "./recount.ts";
import { provider, startWorld, type World } from "./world.ts";

export interface SendsOptions {
  readonly seed: number;
  readonly messages: number;
  readonly kills: number;
  /** Times that Redis loses everything in mid-run. */
  readonly flushes: number;
  /** Times that MongoDB's server is killed and restarted in mid-run. */
  readonly mongoKills: number;
  /** How LINE misbehaves at pushes, chosen by the seed. */
  readonly faults: readonly RatedFault[];
  readonly timeoutMs: number;
  readonly log?: (line: string) => void;
}

export interface SendsReport extends ServersDisturbed {
  readonly kills: number;
  readonly accepted: number;
  /** People who were sent nothing. */
  readonly lost: number;
  /** Acceptances beyond the first of one person. */
  readonly duplicates: number;
  readonly sameKeyOtherBody: number;
  readonly totals: OutcomeCounts;
  /** The numbers of the campaign and of its variants, as they are told and as the recipients are. */
  readonly counted: Recounted;
  readonly recounted: Recounted;
  /** Ends by minute and outcome: by the metrics, and recounted. */
  readonly series: Readonly<Record<string, number>>;
  readonly recountedSeries: Readonly<Record<string, number>>;
  readonly callsPerMessage: number;
}

/** A personal campaign while senders are killed, LINE resets calls that it accepted, and servers lose their minds. */
export const runSends = async (options: SendsOptions): Promise<SendsReport> => {
  await using world = await startWorld({
    seed: options.seed,
    replicas: { ingress: 1, identity: 1, sender: 3 },
    ...(options.log && { log: options.log }),
  });
  const people = world.simulator.addPeople({ provider, count: options.messages });
  world.simulator.follow(world.line.channelId, people);
  await friendsKnown(world, people.length, options);
  options.log?.(`${people.length} people follow`);

  world.simulator.faults.set(options.faults);
  await pace(world, Math.max(pushesPerSecondMin, options.messages / 100));

  const campaign = await world.api.post<{ id: string }>("/v1/campaigns", {
    name: "chaos",
    channelId: world.channelId,
    audience: { type: "friends" },
    content: { variants: variants.map(variant) },
  });
  await world.api.post(`/v1/campaigns/${campaign.id}/launch`);

  const ended = new AbortController();
  const reached = createReached(
    () => world.simulator.ledger.summary().accepted / options.messages,
    ended.signal,
  );
  const [kills, disturbed] = await Promise.all([
    keepKilling(world, { service: "sender", times: options.kills }, reached, ended.signal),
    disturbServers(world, options, reached, ended.signal),
    untilDone(world, campaign.id, options).finally(() => ended.abort()),
  ]);

  const received = world.simulator.ledger.recipients("chaos");
  const summary = world.simulator.ledger.summary();
  const metrics = await campaignMetrics(world, campaign.id);
  return {
    kills,
    ...disturbed,
    accepted: summary.accepted,
    lost: people.filter((userId) => !received.has(userId)).length,
    duplicates: summary.duplicates,
    sameKeyOtherBody: summary.sameKeyOtherBody,
    totals: metrics.totals,
    counted: told(metrics),
    recounted: await recount(world, campaign.id),
    series: await seriesByMinute(world, campaign.id),
    recountedSeries: await recountSeries(world, campaign.id),
    callsPerMessage: (summary.endpoints.push?.attempted ?? 0) / options.messages,
  };
};

const variants = ["A", "B", "C"];

/** All under one marker: whoever got two variants got the campaign twice. */
const variant = (name: string, place: number) => ({
  name,
  weight: place + 1,
  messages: [{ type: "text", text: `[[chaos]] ${name} for {{ profile.displayName }}` }],
});

/** So slow that much is under way at each disturbance, and so fast that a large run ends within some minutes. */
const pushesPerSecondMin = 200;

const atPushes = (kind: RatedFault["kind"], rate: number): RatedFault => ({
  kind,
  rate,
  endpoint: "push",
});

/** A tenth of the calls is reset once LINE has accepted them. */
export const resets: readonly RatedFault[] = [atPushes("resetAfterAccept", 0.1)];

/** Nearly a third of all calls goes wrong, half of that after LINE has accepted the message. */
export const allFaults: readonly RatedFault[] = [
  ...resets,
  atPushes("error500Before", 0.05),
  atPushes("error500AfterAccept", 0.05),
  atPushes("hang", 0.025),
  atPushes("hangBefore", 0.025),
  atPushes("rate429", 0.05),
];

/** Asks seldom, since the question reads every person and competes with what it waits for. */
const friendsKnown = (world: World, count: number, { timeoutMs }: SendsOptions): Promise<true> =>
  until(
    async () =>
      (await world.store.profiles.countDocuments({ friendOf: world.channelId })) >= count ||
      undefined,
    { what: `${count} friends in profiles`, timeoutMs, everyMs: 3_000 },
  );

const pace = async ({ store, channelId }: World, perSecond: number): Promise<void> => {
  const limits = { pushPerSecond: perSecond, multicastPerSecond: perSecond };
  await store.channels.updateOne({ _id: channelId }, { $set: { limits }, $inc: { version: 1 } });
};

const untilDone = (world: World, campaignId: string, options: SendsOptions): Promise<true> => {
  let lastLine = "";
  return until(
    async () => {
      const { state, totals } = await campaignMetrics(world, campaignId);
      const line = `${state}: ${totals.accepted} accepted, ${totals.queued} queued`;
      if (line !== lastLine) options.log?.(line);
      lastLine = line;
      return state === "done" || undefined;
    },
    { what: "the campaign to be done", timeoutMs: options.timeoutMs, everyMs: 1_000 },
  );
};
