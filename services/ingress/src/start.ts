import {
  createClickTokens,
  createReadiness,
  openOps,
  createSealer,
  hashApiKey,
  listen,
  type Logger,
} from "@yubin/kit";
import { createLineAccount, isSignedBy } from "@yubin/line";
import { checkContent, createRenderer, isPersonal, missingVariables } from "@yubin/liquid";
import { createProducer, traceRedis } from "@yubin/queue";
import { connectStore, createFreezeWords, storeFailure, type Store } from "@yubin/store";
import { oursAt, trackableLinks } from "@yubin/types";

import { createAnnouncer } from "./announce-events.ts";
import type { Config } from "./config.ts";
import { createWithin } from "./create-within.ts";
import type { Step } from "./domain/inbound-event.ts";
import { createCallPace } from "./domain/call-pace.ts";
import { createCommands } from "./domain/commands.ts";
import { createCursors } from "./domain/cursors.ts";
import { createPromptLogin } from "./create-prompt-login.ts";
import { ensureFirstKey } from "./first-key.ts";
import { createApp } from "./http/app.ts";
import { authenticate } from "./http/authenticate.ts";
import { createUploadSlots } from "./http/import-file.ts";
import { createIdempotently } from "./http/idempotently.ts";
import { clickLimitsPerMinute } from "./http/click-routes.ts";
import type { RouteTimeout } from "./http/api-route.ts";
import { postInboundLine } from "./http/post-inbound-line.ts";
import { createFailureLimit, limitRate } from "./http/rate-limits.ts";
import { countRefusedRows } from "./http/refused-rows.ts";
import { createLinkLimits } from "./http/link-page/link-limits.ts";
import { createRoutes } from "./http/routes.ts";
import { createWebhookCounts } from "./http/webhook-counts.ts";
import { createAddressees } from "./store/addressees.ts";
import { createApiKeys } from "./store/api-keys.ts";
import { createAudienceLists } from "./store/audience-lists.ts";
import { createBackfills } from "./store/backfills.ts";
import { createCallers } from "./store/callers.ts";
import { createCampaigns } from "./store/campaigns.ts";
import { createChannelCounts } from "./store/channel-counts.ts";
import { createChannelKeyring } from "./store/channel-keyring.ts";
import { createChannels } from "./store/channels.ts";
import { createEstimates } from "./store/estimates.ts";
import { createEventEnds } from "./store/event-ends.ts";
import { createEventInbox } from "./store/event-inbox.ts";
import { createImports } from "./store/imports.ts";
import { createIdempotencyKeys } from "./store/idempotency-keys.ts";
import { createClickLinks } from "./store/click-links.ts";
import { createClicks } from "./store/clicks.ts";
import { createConflicts } from "./store/conflicts.ts";
import { createMerges } from "./store/merges.ts";
import { createWorkspaces } from "./store/workspaces.ts";
import { createLineLinks } from "./store/line-links.ts";
import { createMessages } from "./store/messages.ts";
import { createMonthQuotas } from "./store/quotas.ts";
import { createProfiles } from "./store/profiles.ts";
import { createRecipients } from "./store/recipients.ts";
import { rememberSums } from "./store/remember-sums.ts";
import { createClickSums } from "./store/sum-clicks.ts";
import { createTemplates } from "./store/templates.ts";
import { createTimelines } from "./store/timeline.ts";
import { createUnknowns } from "./store/unknowns.ts";
import { createUsage } from "./store/usage.ts";
import { openInbox } from "./open-inbox.ts";

export interface Ingress {
  readonly port: number;
  readonly opsPort: number;
}

export interface StartOptions {
  readonly config: Config;
  readonly log: Logger;
  /** Takes everything that has to be closed; the last one goes first. */
  readonly resources: AsyncDisposableStack;
  readonly signal?: AbortSignal;
  readonly now?: () => Date;
  readonly clickLimitsPerMinute?: typeof clickLimitsPerMinute;
  /** For crash tests: called before every effect of a webhook. */
  readonly step?: Step;
}

/** LINE takes an answer after 2 s for none, so a write has to be quicker. */
const inboxDeadlineMs = 1_400;
/** Of one operation on MongoDB; without it a frozen server would hold requests for ever. */
const storeTimeoutMs = 5_000;
const keyLookup: RouteTimeout = { ms: 3_000, code: "store.unavailable" };
/** Of a file's rows; nobody waits for these as LINE does. */
const importWriteMs = 10_000;
/** Of one channel, in previews; the validate endpoint shares its rate with others that are needed. */
const lineChecksPerMinute = 120;
const apiPoolSize = 20;
const inboxPoolSize = 8;
const closeGraceMs = 10_000;

/** Builds ingress and lets it listen. */
export const startIngress = async (options: StartOptions): Promise<Ingress> => {
  const { config, log, resources, signal, step, now = () => new Date() } = options;
  const ops = await openOps({ service: "ingress", config, log, resources });
  const { metrics, waited } = ops;
  const redisTrace = traceRedis((ms) => waited("redis", ms));
  resources.defer(() => redisTrace.close());
  const connect = async (poolSize: number): Promise<Store> => {
    const store = await connectStore({
      url: config.mongoUrl,
      poolSize,
      operationTimeoutMs: storeTimeoutMs,
      onWaiting: (error) => log.warn({ err: error }, "waiting for MongoDB"),
      onOperation: (ms) => waited("mongodb", ms),
      ...(signal ? { signal } : {}),
    });
    resources.defer(() => store.close());
    return store;
  };
  const store = await connect(apiPoolSize);
  // Reports may take all connections there are for a while; a webhook has seconds and never waits behind them.
  const inboxStore = await connect(inboxPoolSize);
  const producer = createProducer({
    redisUrl: config.redisUrl,
    ...(config.queuePrefix === undefined ? {} : { prefix: config.queuePrefix }),
    log,
  });
  resources.defer(() => producer.close());
  const announcer = createAnnouncer({ producer, log, metrics });
  resources.defer(() => announcer.settled());

  const apiKeys = createApiKeys(store);
  await ensureFirstKey({ store, apiKeys, adminKey: config.adminKey, log, now });

  const sealer = createSealer(config.secretKeys);
  const counts = createWebhookCounts(metrics);
  const { inbox, breaker, replyTokens } = openInbox({
    store: inboxStore,
    metrics,
    log,
    counts,
    announcer,
    deadlineMs: inboxDeadlineMs,
    ...(step ? { step } : {}),
  });
  resources.defer(() => breaker.close());
  resources.defer(() => replyTokens.settled());
  const { forWebhooks, forRoutes } = createWithin(breaker);

  const callers = createCallers(apiKeys, now);
  const channels = createChannels(store);
  const keyring = createChannelKeyring({ store: inboxStore, open: sealer.open });
  const failures = createFailureLimit(config.authFailuresPerMinute);
  resources.defer(() => failures.close());

  const linkLimits = createLinkLimits();
  resources.defer(() => linkLimits.close());
  const clicksPerMinute = options.clickLimitsPerMinute ?? clickLimitsPerMinute;
  const clickLimits = {
    clicks: createFailureLimit(clicksPerMinute.clicks),
    misses: createFailureLimit(clicksPerMinute.misses),
  };
  resources.defer(() => {
    clickLimits.clicks.close();
    clickLimits.misses.close();
  });
  const lostClicks = metrics.counter({
    name: "yubin_ingress_clicks_lost_total",
    help: "Clicks that led on and were not stored.",
  });
  const uncountedClicks = metrics.counter({
    name: "yubin_ingress_clicks_uncounted_total",
    help: "Clicks that led on and were not counted, as their address had had its share of the minute.",
  });
  const clicks = createClicks({
    store,
    breaker,
    onLost: (count, error) => {
      lostClicks.inc(count);
      if (error !== undefined) log.warn({ err: error, count }, "clicks were not stored");
    },
  });
  resources.defer(() => clicks.settled());
  const lineLinks = createLineLinks(store);
  const findEnd = createEventEnds(store);
  const profiles = createProfiles(store);
  const commands = createCommands({ inbox, findEnd, now });
  const line = createLineAccount({ apiBaseUrl: config.lineApiBaseUrl });
  const linking = {
    lineLinks,
    channels,
    profiles,
    commands,
    findEnd,
    line,
    open: sealer.open,
    lineAccessUrl: config.lineAccessBaseUrl,
    publicUrl: config.publicUrl,
    now,
  };

  // For previews; a process is started with the first that has a template.
  const renderer = createRenderer({ processes: 1 });
  resources.defer(() => renderer.close());

  const isOurs = oursAt(config.publicUrl);
  const canStore = createReadiness({ mongodb: () => inboxStore.ping() });
  const app = createApp({
    authenticate: authenticate({
      callerOf: (key) => forRoutes(keyLookup, () => callers.find(hashApiKey(key))),
      knownCallerOf: (key) => callers.known(hashApiKey(key)),
      failures,
    }),
    limitRate: limitRate(config.rateLimitPerMinute),
    idempotently: createIdempotently({ keys: createIdempotencyKeys(store), sealer, now }),
    within: forRoutes,
    postInboundLine: postInboundLine({
      keyring,
      inbox,
      counts,
      isSignedBy,
      within: forWebhooks,
      now,
      ...(step ? { step } : {}),
    }),
    routes: createRoutes({
      apiKeys,
      audienceLists: createAudienceLists(store),
      backfills: createBackfills(store),
      campaigns: createCampaigns(store),
      recipients: createRecipients(store),
      unknowns: createUnknowns(store),
      ...linking,
      channelCounts: createChannelCounts(store),
      ...createMonthQuotas(store, now),
      messages: createMessages(store),
      clicks: rememberSums(createClickSums(store)),
      templates: createTemplates(store),
      freezeWords: createFreezeWords(store),
      addressees: createAddressees(store),
      renderer,
      missingVariables,
      lineCheckPace: createCallPace(lineChecksPerMinute, () => now().getTime()),
      merges: createMerges(store),
      conflicts: createConflicts(store),
      workspaces: createWorkspaces(store),
      timelines: createTimelines(store),
      usage: createUsage(store),
      inbox,
      login: createPromptLogin(config.lineApiBaseUrl),
      imports: createImports(store),
      importInbox: createEventInbox({
        store,
        breaker,
        deadlineMs: importWriteMs,
        onInserted: announcer.events,
        onDuplicates: () => undefined,
      }),
      uploadSlots: createUploadSlots(),
      cursors: createCursors(config.secretKeys),
      providers: (workspaceId) => channels.providers(workspaceId),
      seal: sealer.seal,
      webhookUrl: `${config.publicUrl}/inbound/line`,
      forgetChannel: keyring.forget,
      forgetKey: callers.forget,
      deliver: announcer.message,
      advance: announcer.campaign,
      estimates: createEstimates(store),
      estimate: announcer.estimate,
      backfill: announcer.backfill,
      checkContent,
      isPersonal,
      hasLinks: (messages) => trackableLinks(messages, isOurs).length > 0,
      onRowRefused: countRefusedRows(metrics),
    }),
    linkPage: { ...linking, limits: linkLimits, within: forRoutes, failureOf: storeFailure, log },
    clickLinks: {
      clickTokens: createClickTokens(config.secretKeys),
      clickLinks: createClickLinks(store, now),
      clicks,
      limits: clickLimits,
      onUncounted: () => uncountedClicks.inc(),
      within: forRoutes,
      failureOf: storeFailure,
      log,
      now,
    },
    ready: canStore,
    log,
    metrics,
    failureOf: storeFailure,
    trustedProxies: config.trustedProxies,
  });

  const http = await listen(app, {
    port: config.port,
    ...(config.host === undefined ? {} : { host: config.host }),
    log,
  });
  resources.defer(() => http.close(closeGraceMs));
  ops.started(canStore);
  return { port: http.port, opsPort: ops.port };
};
