import type {
  AudienceListView,
  CampaignMetrics,
  CampaignPatch,
  CampaignPreviewRequest,
  CampaignPreviewView,
  CampaignRequest,
  CampaignState,
  CampaignTestRequest,
  CampaignTestView,
  CampaignView,
  EstimateView,
  HaltedCampaignView,
  Outcome,
  RecipientView,
  SeriesInterval,
} from "@yubin/types";

import type { Call, CallOptions } from "./call.ts";
import type { ImportFile } from "./import-calls.ts";
import type { Page, PageOptions } from "./paging.ts";
import type { ExportFormat } from "./people-calls.ts";

/** Which people of a campaign; all that is given must be true. */
export interface RecipientFilter {
  /** `sending`: those of the queued whom LINE was asked about without an answer so far. */
  readonly outcome?: Outcome | "queued" | "sending" | undefined;
  /** A reason of an outcome, such as `not_following`. */
  readonly reason?: string | undefined;
  /** The name of a variant, `control`, or `unassigned` for those who are in no group. */
  readonly variant?: string | undefined;
}

/** Which campaigns; all that is given must be true. */
export interface CampaignListOptions extends PageOptions {
  readonly state?: CampaignState | undefined;
  readonly channelId?: string | undefined;
}

type Signal = Pick<CallOptions, "signal">;

/** Campaigns: what to whom, and what became of it. */
export interface CampaignCalls {
  /** Drafts one; nothing is sent before it is launched. */
  readonly create: (request: CampaignRequest, options?: CallOptions) => Promise<CampaignView>;
  /** The newest first. */
  readonly list: (page?: CampaignListOptions) => Promise<Page<CampaignView>>;
  readonly get: (id: string, options?: Signal) => Promise<CampaignView>;
  /** Until it starts. What is not said stays, and null takes it back; as `get` tells a field it changes nothing. */
  readonly change: (
    id: string,
    patch: CampaignPatch,
    options?: CallOptions,
  ) => Promise<CampaignView>;
  /**
   * Sends a file of references, and of what each person's words say, for an audience of type `list`. Under the same key
   * it goes on with one that broke off.
   */
  readonly sendAudience: (
    id: string,
    file: ImportFile,
    options: CallOptions & { readonly idempotencyKey: string; readonly replace?: boolean },
  ) => Promise<AudienceListView>;
  readonly audienceList: (
    id: string,
    listId: string,
    options?: Signal,
  ) => Promise<AudienceListView>;
  /** Counts whom it would reach now; `counts` is null while that takes longer, and then `estimated` tells. */
  readonly estimate: (id: string, options?: CallOptions) => Promise<EstimateView>;
  readonly estimated: (id: string, options?: Signal) => Promise<EstimateView>;
  /** Launching twice is launching once. */
  readonly launch: (id: string, options?: CallOptions) => Promise<CampaignView>;
  /** Nothing more goes out. Who is in a call that has no answer yet (`sending`) may have the message. */
  readonly pause: (id: string, options?: CallOptions) => Promise<HaltedCampaignView>;
  readonly resume: (id: string, options?: CallOptions) => Promise<CampaignView>;
  readonly cancel: (id: string, options?: CallOptions) => Promise<HaltedCampaignView>;
  /** Its content, or each of its variants, to a few people, in whatever state it is; counted in no number of it. */
  readonly test: (
    id: string,
    request: CampaignTestRequest,
    options?: CallOptions,
  ) => Promise<CampaignTestView>;
  /** What it would send one person, and whether; nothing is sent. */
  readonly preview: (
    id: string,
    request?: CampaignPreviewRequest,
    options?: Signal,
  ) => Promise<CampaignPreviewView>;
  /** `interval`: how wide a point of the series is to be; by itself that is as fine as the time it took allows. */
  readonly metrics: (
    id: string,
    options?: Signal & { readonly interval?: SeriesInterval | undefined },
  ) => Promise<CampaignMetrics>;
  /** The people behind a number. */
  readonly recipients: (
    id: string,
    filter?: RecipientFilter,
    page?: PageOptions,
  ) => Promise<Page<RecipientView>>;
  /** All of them as a file; it ends with an error where it is not whole. */
  readonly exportRecipients: (
    id: string,
    format: ExportFormat,
    filter?: RecipientFilter,
    options?: Signal,
  ) => Promise<ReadableStream<Uint8Array>>;
}

const sendTimeoutMs = 3_600_000;
/** LINE is asked what the month has left, or what it thinks of the words. */
const lineTimeoutMs = 45_000;
/** Of a large campaign thousands of batches are summed up. */
const metricsTimeoutMs = 35_000;
/** Until the first who is meant is found. */
const exportTimeoutMs = 300_000;

export const campaignCalls = (call: Call): CampaignCalls => {
  const at = (id: string, rest = ""): string => `/v1/campaigns/${encodeURIComponent(id)}${rest}`;
  const act =
    <View = CampaignView>(action: string) =>
    (id: string, given: CallOptions = {}): Promise<View> =>
      call({ ...given, method: "POST", path: at(id, `/${action}`) });
  return {
    create: (body, given) => call({ ...given, method: "POST", path: "/v1/campaigns", body }),
    list: (page) => call({ method: "GET", path: "/v1/campaigns", query: { ...page } }),
    get: (id, given) => call({ ...given, method: "GET", path: at(id) }),
    change: (id, body, given) => call({ ...given, method: "PATCH", path: at(id), body }),
    sendAudience: (id, { format, open }, { replace, ...given }) =>
      call({
        ...given,
        method: "POST",
        path: at(id, "/audience"),
        query: { format, ...(replace ? { replace: "true" } : {}) },
        file: { type: format === "csv" ? "text/csv" : "application/x-ndjson", open },
        timeoutMs: sendTimeoutMs,
      }),
    audienceList: (id, listId, given) =>
      call({ ...given, method: "GET", path: at(id, `/audience/${encodeURIComponent(listId)}`) }),
    estimate: (id, given) =>
      call({ ...given, method: "POST", path: at(id, "/estimate"), timeoutMs: lineTimeoutMs }),
    estimated: (id, given) =>
      call({ ...given, method: "GET", path: at(id, "/estimate"), timeoutMs: lineTimeoutMs }),
    launch: act("launch"),
    pause: act<HaltedCampaignView>("pause"),
    resume: act("resume"),
    cancel: act<HaltedCampaignView>("cancel"),
    test: (id, body, given) => call({ ...given, method: "POST", path: at(id, "/test"), body }),
    preview: (id, body = {}, given) =>
      call({
        ...given,
        method: "POST",
        path: at(id, "/preview"),
        body,
        timeoutMs: lineTimeoutMs,
      }),
    metrics: (id, { interval, ...given } = {}) =>
      call({
        ...given,
        method: "GET",
        path: at(id, "/metrics"),
        query: { interval },
        timeoutMs: metricsTimeoutMs,
      }),
    recipients: (id, filter, page) =>
      call({ method: "GET", path: at(id, "/recipients"), query: { ...filter, ...page } }),
    exportRecipients: (id, format, filter, given) =>
      call.stream({
        ...given,
        method: "GET",
        path: at(id, "/recipients"),
        query: { ...filter },
        accept: format === "csv" ? "text/csv" : "application/x-ndjson",
        timeoutMs: exportTimeoutMs,
      }),
  };
};
