import { setTimeout as pause } from "node:timers/promises";
import mongoose, { type Connection } from "mongoose";

import { openRows, type Rows } from "./define-rows.ts";
import { aliasRows, type AliasRow } from "./rows/aliases.ts";
import { apiKeyRows, type ApiKeyRow } from "./rows/api-keys.ts";
import { audienceListRows, type AudienceListRow } from "./rows/audience-lists.ts";
import { audiencePageRows, type AudiencePageRow } from "./rows/audience-pages.ts";
import { backfillRows, type BackfillRow } from "./rows/backfills.ts";
import { batchRows, type BatchRow } from "./rows/batches.ts";
import { campaignRows, type CampaignRow } from "./rows/campaigns.ts";
import { channelQuotaRows, type ChannelQuotaRow } from "./rows/channel-quotas.ts";
import { channelRows, type ChannelRow } from "./rows/channels.ts";
import { clickLinkRows, type ClickLinkRow } from "./rows/click-links.ts";
import { clickRows, type ClickRow } from "./rows/clicks.ts";
import { deadLetterRows, type DeadLetterRow } from "./rows/dead-letters.ts";
import { erasureRows, type ErasureRow } from "./rows/erasures.ts";
import { estimateRows, type EstimateRow } from "./rows/estimates.ts";
import { eventRows, type EventRow } from "./rows/events.ts";
import { idempotencyRows, type IdempotencyRow } from "./rows/idempotency.ts";
import { lineLinkRows, type LineLinkRow } from "./rows/line-links.ts";
import { linkAttemptRows, type LinkAttemptRow } from "./rows/link-attempts.ts";
import { importRows, type ImportRow } from "./rows/imports.ts";
import { conflictRows, type ConflictRow } from "./rows/conflicts.ts";
import { familySendRows, type FamilySendRow } from "./rows/family-sends.ts";
import { mergeRows, type MergeRow } from "./rows/merges.ts";
import { tombstoneRows, type TombstoneRow } from "./rows/tombstones.ts";
import { messageTraceRows, type MessageTraceRow } from "./rows/message-traces.ts";
import { listedFollowerRows, type ListedFollowerRow } from "./rows/listed-followers.ts";
import { placeRows, type PlaceRow } from "./rows/places.ts";
import {
  messageTemplateRows,
  templateVersionRows,
  type MessageTemplateRow,
  type TemplateVersionRow,
} from "./rows/message-templates.ts";
import { profileRows, type ProfileRow } from "./rows/profiles.ts";
import { reconciliationRows, type ReconciliationRow } from "./rows/reconciliations.ts";
import { replyTokenRows, type ReplyTokenRow } from "./rows/reply-tokens.ts";
import { usageRows, type UsageRow } from "./rows/usage.ts";
import { workspaceRows, type WorkspaceRow } from "./rows/workspaces.ts";

/** All collections on one connection. */
export interface Store {
  readonly connection: Connection;
  readonly aliases: Rows<AliasRow>;
  readonly apiKeys: Rows<ApiKeyRow>;
  readonly audienceLists: Rows<AudienceListRow>;
  readonly audiencePages: Rows<AudiencePageRow>;
  readonly backfills: Rows<BackfillRow>;
  readonly batches: Rows<BatchRow>;
  readonly campaigns: Rows<CampaignRow>;
  readonly channels: Rows<ChannelRow>;
  readonly channelQuotas: Rows<ChannelQuotaRow>;
  readonly clickLinks: Rows<ClickLinkRow>;
  readonly clicks: Rows<ClickRow>;
  readonly deadLetters: Rows<DeadLetterRow>;
  readonly erasures: Rows<ErasureRow>;
  readonly estimates: Rows<EstimateRow>;
  readonly events: Rows<EventRow>;
  readonly idempotency: Rows<IdempotencyRow>;
  readonly lineLinks: Rows<LineLinkRow>;
  readonly linkAttempts: Rows<LinkAttemptRow>;
  readonly imports: Rows<ImportRow>;
  readonly conflicts: Rows<ConflictRow>;
  readonly familySends: Rows<FamilySendRow>;
  readonly merges: Rows<MergeRow>;
  readonly tombstones: Rows<TombstoneRow>;
  readonly messageTemplates: Rows<MessageTemplateRow>;
  readonly templateVersions: Rows<TemplateVersionRow>;
  readonly messageTraces: Rows<MessageTraceRow>;
  readonly listedFollowers: Rows<ListedFollowerRow>;
  readonly places: Rows<PlaceRow>;
  readonly profiles: Rows<ProfileRow>;
  readonly reconciliations: Rows<ReconciliationRow>;
  readonly replyTokens: Rows<ReplyTokenRow>;
  readonly usage: Rows<UsageRow>;
  readonly workspaces: Rows<WorkspaceRow>;
  /** Rejects when the server does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly url: string;
  readonly poolSize?: number;
  /** How long an operation looks for a server before it gives up. */
  readonly selectionTimeoutMs?: number;
  /** How long a server may be silent in the middle of an operation; without it a frozen one holds it for ever. */
  readonly operationTimeoutMs?: number;
  /** Told each time a first connection fails; connecting goes on until `signal` says otherwise. */
  readonly onWaiting?: (error: unknown) => void;
  readonly signal?: AbortSignal;
  /** Told how long each operation took, from asking for a connection until that was free again. */
  readonly onOperation?: (ms: number) => void;
}

/**
 * Connects and makes the indexes; waits for as long as the server is not there, since no order of starting is needed.
 * Every write is acknowledged by a majority and its journal: what was acknowledged survives a crash.
 */
export const connectStore = async (options: ConnectOptions): Promise<Store> => {
  const connection = await connectPatiently(options);
  if (options.onOperation) timeOperations(connection, options.onOperation);
  const store: Store = {
    connection,
    aliases: openRows(connection, aliasRows),
    apiKeys: openRows(connection, apiKeyRows),
    audienceLists: openRows(connection, audienceListRows),
    audiencePages: openRows(connection, audiencePageRows),
    backfills: openRows(connection, backfillRows),
    batches: openRows(connection, batchRows),
    campaigns: openRows(connection, campaignRows),
    channels: openRows(connection, channelRows),
    channelQuotas: openRows(connection, channelQuotaRows),
    clickLinks: openRows(connection, clickLinkRows),
    clicks: openRows(connection, clickRows),
    deadLetters: openRows(connection, deadLetterRows),
    erasures: openRows(connection, erasureRows),
    estimates: openRows(connection, estimateRows),
    events: openRows(connection, eventRows),
    idempotency: openRows(connection, idempotencyRows),
    lineLinks: openRows(connection, lineLinkRows),
    linkAttempts: openRows(connection, linkAttemptRows),
    imports: openRows(connection, importRows),
    conflicts: openRows(connection, conflictRows),
    familySends: openRows(connection, familySendRows),
    merges: openRows(connection, mergeRows),
    tombstones: openRows(connection, tombstoneRows),
    messageTemplates: openRows(connection, messageTemplateRows),
    templateVersions: openRows(connection, templateVersionRows),
    messageTraces: openRows(connection, messageTraceRows),
    listedFollowers: openRows(connection, listedFollowerRows),
    places: openRows(connection, placeRows),
    profiles: openRows(connection, profileRows),
    reconciliations: openRows(connection, reconciliationRows),
    replyTokens: openRows(connection, replyTokenRows),
    usage: openRows(connection, usageRows),
    workspaces: openRows(connection, workspaceRows),
    ping: async () => {
      await connection.db?.command({ ping: 1 });
    },
    close: () => connection.close(),
  };
  await ensureIndexes(store);
  return store;
};

const connectPatiently = async (options: ConnectOptions): Promise<Connection> => {
  for (let attempt = 0; ; attempt += 1) {
    options.signal?.throwIfAborted();
    try {
      const connecting = mongoose
        .createConnection(options.url, {
          maxPoolSize: options.poolSize ?? 20,
          serverSelectionTimeoutMS: options.selectionTimeoutMs ?? 5_000,
          connectTimeoutMS: 5_000,
          autoIndex: false,
          autoCreate: false,
          bufferCommands: false,
          ...(options.operationTimeoutMs ? { socketTimeoutMS: options.operationTimeoutMs } : {}),
          writeConcern: { w: "majority", j: true },
        })
        .asPromise();
      return await unlessAborted(connecting, options.signal);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (isWrongUrl(error)) throw error;
      options.onWaiting?.(error);
      await pause(
        Math.min(250 * 2 ** attempt, 5_000),
        undefined,
        options.signal ? { signal: options.signal } : {},
      );
    }
  }
};

/** The driver looks for a server until its time is over, whatever it is told; whoever is to stop does not wait for it. */
const unlessAborted = async (
  pending: Promise<Connection>,
  signal: AbortSignal | undefined,
): Promise<Connection> => {
  if (!signal) return pending;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  // Nobody may be waiting for it by then.
  pending.then((late) => (signal.aborted ? late.close() : undefined)).catch(() => undefined);
  try {
    return await Promise.race([pending, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
};

/** By the pool's events: to be told of each command, the driver would read every answer a second time. */
const timeOperations = (connection: Connection, onOperation: (ms: number) => void): void => {
  const startedAt = new Map<number | string, number>();
  connection
    .getClient()
    .on("connectionCheckedOut", ({ connectionId, durationMS }) => {
      startedAt.set(connectionId, performance.now() - durationMS);
    })
    .on("connectionCheckedIn", ({ connectionId }) => {
      const from = startedAt.get(connectionId);
      startedAt.delete(connectionId);
      if (from !== undefined) onOperation(performance.now() - from);
    });
};

/** An option that there is not, or with a value that it does not take: no server to wait for. */
const isWrongUrl = (error: unknown): boolean =>
  error instanceof mongoose.mongo.MongoParseError ||
  error instanceof mongoose.mongo.MongoInvalidArgumentError ||
  error instanceof mongoose.mongo.MongoMissingCredentialsError;

/** Safe to repeat and to run from several processes at once. */
const ensureIndexes = async (store: Store): Promise<void> => {
  for (const model of Object.values(store.connection.models)) await model.createIndexes();
};
