import { randomUUID } from "node:crypto";

import { Failure } from "@yubin/errors";
import type { Metrics, WaitClock } from "@yubin/kit";
import { createLineAccount, type LineSender } from "@yubin/line";
import type { Renderer } from "@yubin/liquid";
import type { JobHandler, Producer } from "@yubin/queue";
import { createFreezeWords, storeFailure, type Store } from "@yubin/store";
import { deliverBatch as bulkLane, deliverMessage as singleLane, limits } from "@yubin/types";

import { createCounts } from "./counts.ts";
import { createDeliverDeps } from "./create-deliver-deps.ts";
import { createEnqueue } from "./create-enqueue.ts";
import { cleanPlaces } from "./domain/clean-places.ts";
import type { DeliverDeps } from "./domain/deliver-deps.ts";
import { deliverBatch, type Delivered } from "./domain/deliver-batch.ts";
import { feedCampaign, type FeedDeps } from "./domain/feed-campaign.ts";
import type { BatchRef, CampaignRef, Pacer } from "./domain/ports.ts";
import { runOneAtATime } from "./domain/run-one-at-a-time.ts";
import { sweep } from "./domain/sweep.ts";
import { createIntake } from "./intake.ts";
import { advanceCampaignJob } from "./jobs/advance-campaign.job.ts";
import { deliverJob, type DeliverJobDeps } from "./jobs/deliver.job.ts";
import { estimateCampaignJob } from "./jobs/estimate-campaign.job.ts";
import { forgetPersonJob } from "./jobs/forget-person.job.ts";
import { sendMessageJob } from "./jobs/send-message.job.ts";
import { createAskMonth } from "./ask-month.ts";
import type { StartOptions } from "./start.ts";
import { createAllowances } from "./store/allowances.ts";
import { createAudience } from "./store/audience.ts";
import { createCampaigns } from "./store/campaigns.ts";
import { createChannels } from "./store/channels.ts";
import { createCampaignSteps, createFeeding } from "./store/feeding.ts";
import { createAddMessage } from "./store/messages.ts";
import { createErasableBatches } from "./store/erasable-batches.ts";
import { createErasures } from "./store/erasures.ts";
import { createEstimates } from "./store/estimates.ts";
import { createPlacesCleaning } from "./store/places-cleaning.ts";
import { createPlans } from "./store/plans.ts";
import { createQuotas } from "./store/quotas.ts";
import { createTraces } from "./store/traces.ts";
import { createUnfinished } from "./store/unfinished.ts";

export interface WorkDeps extends Pick<StartOptions, "config" | "log" | "step" | "now"> {
  readonly store: Store;
  readonly producer: Producer;
  readonly pacer: Pacer;
  readonly line: LineSender;
  readonly renderer: Renderer;
  readonly metrics: Metrics;
  readonly waited: WaitClock;
}

/** Messages of the public queue that a process takes at once. */
export const sendConcurrency = 32;

/** What the sender does, by job and by sweep. */
export interface Work {
  readonly sendMessageJob: JobHandler;
  readonly deliverMessageJob: JobHandler;
  readonly deliverBatchJob: JobHandler;
  readonly advanceCampaignJob: JobHandler;
  readonly estimateCampaignJob: JobHandler;
  readonly forgetPersonJob: JobHandler;
  readonly sweepBatches: (signal: AbortSignal) => Promise<number>;
  readonly sweepCampaigns: (signal: AbortSignal) => Promise<number>;
  readonly sweepEstimates: (signal: AbortSignal) => Promise<number>;
  readonly sweepPlaces: (signal: AbortSignal) => Promise<number>;
  readonly sweepErasures: (signal: AbortSignal) => Promise<number>;
}

/** Messages that are stored at once: so many, and so few where places for delivering are taken. */
const stored = { most: sendConcurrency, least: 4 };
/** Batches of one campaign that are under way at once. */
const window = { personal: 16, multicast: 16 };
const batchSizes = {
  personal: limits.personalBatchRecipients,
  multicast: limits.multicastRecipientsMax,
};

export const createWork = (deps: WorkDeps): Work => {
  const { store, producer, log } = deps;
  const now = deps.now ?? ((): Date => new Date());
  const step = deps.step ? { step: deps.step } : {};
  const counts = createCounts(deps.metrics);
  counts.inFlight(deps.line.inFlight);
  const channels = createChannels(store);
  const campaigns = createCampaigns(store);
  const deliver = (ref: BatchRef, signal: AbortSignal): Promise<Delivered> =>
    deliverBatch(deliverDeps, ref, signal);
  const account = createLineAccount({ apiBaseUrl: deps.config.lineApiBaseUrl });
  const sending = createDeliverDeps(deps, { account, campaigns, channels, counts, now });
  const { tokens, rulesOf } = sending;
  const enqueue = createEnqueue(producer);

  const feedDeps: FeedDeps = {
    feeding: createFeeding(store),
    enqueueBatches: ({ workspaceId, id }, batchIds) =>
      enqueue.batches(batchIds.map((batchId) => ({ batchId, workspaceId, campaignId: id }))),
    memoryShare: () => producer.memoryShare(),
    quotas: createQuotas(store),
    allowances: createAllowances(store),
    askMonth: createAskMonth({ store, account, tokens, isAway, now }),
    channels,
    rulesOf,
    tokens,
    now,
    window,
    ...step,
  };
  const feed = runOneAtATime(
    ({ campaignId }) => campaignId,
    async (campaign: CampaignRef) => void (await feedCampaign(feedDeps, campaign)),
    ({ campaignId }, error) => log.info({ campaignId, err: error }, "will be fed by the sweeper"),
  );
  const delivering: DeliverJobDeps = {
    deliver,
    feed,
    isAway,
    onDelivered: ({ batchId }, delivered, durationMs) => {
      const lane = batchId.includes("/") ? "bulk" : "single";
      counts.delivered(lane, delivered);
      const told = toldOf(delivered);
      if (!told) return;
      const line = { batchId, ...told, durationMs: Math.round(durationMs) };
      // A line for each single message would drown all others; what goes on later says so as a job.
      if (lane === "bulk" && delivered.kind !== "again") log.info(line, "batch");
      else log.debug(line, "batch");
    },
  };
  const deliverDeps: DeliverDeps = {
    ...sending,
    campaigns: {
      ...campaigns,
      prove: async (campaign) => {
        await campaigns.prove(campaign);
        feed(campaign);
      },
    },
    onTried: ({ workspaceId, campaignId }) => {
      if (campaignId !== null) feed({ workspaceId, campaignId });
    },
  };
  const unfinished = createUnfinished(store);

  const intake = createIntake({ places: deps.config.messageConcurrency, ...stored });

  return {
    sendMessageJob: sendMessageJob({
      takeIn: intake.takeIn,
      findChannel: channels.findForSend,
      addMessage: createAddMessage(store),
      freezeWords: createFreezeWords(store),
      enqueueMessage: enqueue.message,
      now,
      isAway,
    }),
    deliverMessageJob: deliverJob(singleLane, {
      ...delivering,
      deliver: (ref, signal) => intake.deliver(() => deliver(ref, signal)),
    }),
    deliverBatchJob: deliverJob(bulkLane, delivering),
    advanceCampaignJob: advanceCampaignJob({
      ...feedDeps,
      plans: createPlans(store),
      audience: createAudience(store),
      batchSizes,
      campaigns: createCampaignSteps(store),
      deliver,
      isAway,
      onAdvanced: (campaignId, outcome, durationMs) => {
        // Then its id is only what somebody wrote into a job.
        if (outcome === "foreign" || outcome === "obsolete") return;
        log.info({ campaignId, outcome, durationMs: Math.round(durationMs) }, "campaign step");
      },
    }),
    forgetPersonJob: forgetPersonJob({
      erasures: createErasures(store),
      traces: createTraces(store),
      batches: createErasableBatches(store),
      now,
      newToken: randomUUID,
      isAway,
      ...step,
    }),
    estimateCampaignJob: estimateCampaignJob({
      estimates: createEstimates(store),
      findCampaign: feedDeps.feeding.find,
      channels,
      people: deliverDeps.people,
      contacts: deliverDeps.contacts,
      rulesOf: deliverDeps.rulesOf,
      renderMessages: deliverDeps.renderMessages,
      audience: createAudience(store),
      now,
      random: Math.random,
      newToken: randomUUID,
      exactMax: limits.estimateExactMax,
      isAway,
    }),
    sweepEstimates: (signal) =>
      sweep(
        {
          find: unfinished.estimates,
          enqueue: enqueue.estimates,
          putOff: unfinished.putOffEstimates,
          now,
          sweepAfterMs: limits.sweepAfterMs,
        },
        signal,
      ),
    sweepBatches: (signal) =>
      sweep(
        {
          find: unfinished.batches,
          enqueue: enqueue.batches,
          putOff: unfinished.putOffBatches,
          now,
          sweepAfterMs: limits.sweepAfterMs,
        },
        signal,
      ),
    sweepCampaigns: (signal) =>
      sweep(
        {
          find: unfinished.campaigns,
          enqueue: enqueue.campaigns,
          putOff: unfinished.putOffCampaigns,
          now,
          sweepAfterMs: limits.sweepAfterMs,
        },
        signal,
      ),
    sweepPlaces: (signal) => cleanPlaces({ places: createPlacesCleaning(store), now }, signal),
    sweepErasures: (signal) =>
      sweep(
        {
          find: unfinished.erasures,
          enqueue: enqueue.erasures,
          putOff: async () => undefined, // identity does, whose rows they are; equal jobs are one
          now,
          sweepAfterMs: limits.sweepAfterMs,
        },
        signal,
      ),
  };
};

/** Of batches that are there: other ids are only what somebody wrote into a job. */
const toldOf = (delivered: Delivered): object | undefined => {
  const outcome = delivered.kind;
  if (outcome === "obsolete" || outcome === "foreign") return undefined;
  if (!("batch" in delivered)) return { outcome };
  const { campaignId, recipients } = delivered.batch;
  return { outcome, campaignId, recipients: recipients.length };
};

/** Nothing is wrong with the work when the servers it needs do not answer. */
const isAway = (error: unknown): boolean =>
  storeFailure(error) !== undefined ||
  (error instanceof Failure && ["store.unavailable", "queue.unavailable"].includes(error.code));
