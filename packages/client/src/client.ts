import type {
  ChannelPatch,
  ChannelRequest,
  ChannelView,
  HealthCheck,
  IdentifyRequest,
  QuotaView,
  UsageView,
  WorkspacePatch,
  WorkspaceView,
} from "@yubin/types";

import { backfillCalls, type BackfillCalls } from "./backfill-calls.ts";
import { campaignCalls, type CampaignCalls } from "./campaign-calls.ts";
import { createCall, type Call, type CallOptions, type ConnectionOptions } from "./call.ts";
import { importCalls, type ImportCalls } from "./import-calls.ts";
import { lineLinkCalls, type LineLinkCalls } from "./line-link-calls.ts";
import { messageCalls, type MessageCalls } from "./message-calls.ts";
import { conflictCalls, mergeCalls, type ConflictCalls, type MergeCalls } from "./merge-calls.ts";
import type { Accepted, Page, PageOptions } from "./paging.ts";
import { peopleCalls, type PeopleCalls } from "./people-calls.ts";
import { unknownCalls, type UnknownCalls } from "./unknown-calls.ts";
import { templateCalls, type TemplateCalls } from "./template-calls.ts";

/** Yubin's HTTP API. Every method fails with a `YubinError`. */
export interface YubinClient {
  readonly channels: {
    /** Connects a LINE channel; `health` tells what is still to be done at LINE. */
    readonly connect: (request: ChannelRequest, options?: CallOptions) => Promise<ChannelView>;
    readonly list: (page?: PageOptions) => Promise<Page<ChannelView>>;
    readonly get: (id: string) => Promise<ChannelView>;
    /** Its name, its LINE Login channel, or how much of LINE's rates it takes. */
    readonly change: (id: string, patch: ChannelPatch) => Promise<ChannelView>;
    readonly health: (id: string) => Promise<{ readonly data: readonly HealthCheck[] }>;
    /** What is left of LINE's month. */
    readonly quota: (id: string) => Promise<QuotaView>;
  };
  /** Tells who somebody is; applied in a moment. Its `messageId` is its idempotency key where it has one. */
  readonly identify: (request: IdentifyRequest, options?: CallOptions) => Promise<Accepted>;
  readonly profiles: PeopleCalls;
  readonly imports: ImportCalls;
  readonly merges: MergeCalls;
  readonly conflicts: ConflictCalls;
  readonly lineLinks: LineLinkCalls;
  readonly backfills: BackfillCalls;
  /** How many people, and each month's peak. */
  readonly usage: () => Promise<UsageView>;
  /** How this workspace wants people brought together. */
  readonly workspace: {
    readonly get: () => Promise<WorkspaceView>;
    readonly set: (rules: WorkspacePatch) => Promise<WorkspaceView>;
  };
  readonly messages: MessageCalls;
  readonly templates: TemplateCalls;
  readonly campaigns: CampaignCalls;
  readonly unknowns: UnknownCalls;
}

/** Yubin asks LINE several things in a row. */
const healthTimeoutMs = 45_000;

/** A typed client for Yubin's HTTP API. */
export const createYubinClient = (options: ConnectionOptions): YubinClient => {
  const call = createCall(options);
  const get = <Answer>(path: string, query?: PageOptions): Promise<Answer> =>
    call<Answer>({ method: "GET", path, query: query && { ...query } });
  const post = postOf(call);

  return {
    channels: {
      connect: (request, given) => post("/v1/channels", request, given),
      list: (page) => get("/v1/channels", page),
      get: (id) => get(`/v1/channels/${encodeURIComponent(id)}`),
      change: (id, body) =>
        call({ method: "PATCH", path: `/v1/channels/${encodeURIComponent(id)}`, body }),
      health: (id) =>
        call({
          method: "GET",
          path: `/v1/channels/${encodeURIComponent(id)}/health`,
          timeoutMs: healthTimeoutMs,
        }),
      quota: (id) =>
        call({
          method: "GET",
          path: `/v1/channels/${encodeURIComponent(id)}/quota`,
          timeoutMs: healthTimeoutMs,
        }),
    },
    identify: (request, given) => post("/v1/identify", request, given),
    profiles: peopleCalls(call),
    imports: importCalls(call),
    merges: mergeCalls(call),
    conflicts: conflictCalls(call),
    lineLinks: lineLinkCalls(call),
    backfills: backfillCalls(call),
    usage: () => get("/v1/usage"),
    workspace: {
      get: () => get("/v1/workspace"),
      set: (rules) => call({ method: "PATCH", path: "/v1/workspace", body: rules }),
    },
    messages: messageCalls(call),
    templates: templateCalls(call),
    campaigns: campaignCalls(call),
    unknowns: unknownCalls(call),
  };
};

const postOf =
  (call: Call) =>
  <Answer>(path: string, body: unknown, options: CallOptions = {}): Promise<Answer> =>
    call<Answer>({ ...options, method: "POST", path, body });
