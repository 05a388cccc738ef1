import type { UnknownView } from "@yubin/types";

import type { Call, CallOptions } from "./call.ts";
import type { Page, PageOptions } from "./paging.ts";
import type { ExportFormat } from "./people-calls.ts";

/** Which of them; all that are given must be true. */
export interface UnknownFilter {
  readonly channelId?: string | undefined;
  readonly campaignId?: string | undefined;
  /** Such as `retry_key_expired`. */
  readonly reason?: string | undefined;
}

/** Everybody of whom nobody can say whether LINE has their message, with what to do about it. */
export interface UnknownCalls {
  /** The newest first. */
  readonly list: (filter?: UnknownFilter, page?: PageOptions) => Promise<Page<UnknownView>>;
  /** All of them as a file; it ends with an error where it is not whole. */
  readonly export: (
    format: ExportFormat,
    filter?: UnknownFilter,
    options?: Pick<CallOptions, "signal">,
  ) => Promise<ReadableStream<Uint8Array>>;
}

/** Until the first who is meant is found. */
const exportTimeoutMs = 300_000;

export const unknownCalls = (call: Call): UnknownCalls => ({
  list: (filter, page) =>
    call({ method: "GET", path: "/v1/unknowns", query: { ...filter, ...page } }),
  export: (format, filter, given) =>
    call.stream({
      ...given,
      method: "GET",
      path: "/v1/unknowns",
      query: { ...filter },
      accept: format === "csv" ? "text/csv" : "application/x-ndjson",
      timeoutMs: exportTimeoutMs,
    }),
});
