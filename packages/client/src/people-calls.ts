import type { ProfileView, TimelineItem } from "@yubin/types";

import type { Call, CallOptions, Query } from "./call.ts";
import type { Done, Accepted, Page, PageOptions } from "./paging.ts";

/** Which people; all that are given must be true. */
export interface PeopleFilter {
  readonly externalId?: string | undefined;
  readonly email?: string | undefined;
  readonly lineId?: string | undefined;
  readonly provider?: string | undefined;
  /** A part of the name, whatever its case. */
  readonly name?: string | undefined;
  /** `<channelId>:following` or `<channelId>:blocked`. */
  readonly friendship?: string | undefined;
  readonly suppressed?: boolean | undefined;
  readonly identified?: boolean | undefined;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

export type ExportFormat = "csv" | "ndjson";

/** People; `ref` is `prof_…`, `user:<externalId>`, `email:<address>` or `line:<provider>:<lineUserId>`. */
export interface PeopleCalls {
  readonly get: (ref: string) => Promise<ProfileView>;
  readonly list: (filter?: PeopleFilter, page?: PageOptions) => Promise<Page<ProfileView>>;
  /** Everybody who is meant, as a file; it ends with an error where it is not whole. */
  readonly export: (
    format: ExportFormat,
    filter?: PeopleFilter,
    options?: Pick<CallOptions, "signal">,
  ) => Promise<ReadableStream<Uint8Array>>;
  readonly timeline: (
    ref: string,
    page?: PageOptions & { readonly types?: string | undefined },
  ) => Promise<Page<TimelineItem>>;
  /** Null takes a trait away. */
  readonly set: (
    ref: string,
    traits: Readonly<Record<string, unknown>>,
  ) => Promise<Done<ProfileView>>;
  readonly consent: (
    ref: string,
    purpose: string,
    consent: { readonly granted: boolean; readonly source: string },
  ) => Promise<Done<ProfileView>>;
  readonly suppress: (ref: string, reason: string) => Promise<Done<ProfileView>>;
  readonly unsuppress: (ref: string) => Promise<Done<ProfileView>>;
  /** Nothing of the person is left within a minute. */
  readonly erase: (ref: string) => Promise<Accepted>;
}

/** Until the first of everybody who is meant is found. */
const exportTimeoutMs = 300_000;

export const peopleCalls = (call: Call): PeopleCalls => {
  const at = (ref: string, rest = ""): string => `/v1/profiles/${encodeURIComponent(ref)}${rest}`;
  return {
    get: (ref) => call({ method: "GET", path: at(ref) }),
    list: (filter, page) =>
      call({ method: "GET", path: "/v1/profiles", query: { ...queryOf(filter), ...page } }),
    export: (format, filter, given) =>
      call.stream({
        ...given,
        method: "GET",
        path: "/v1/profiles",
        query: queryOf(filter),
        accept: format === "csv" ? "text/csv" : "application/x-ndjson",
        timeoutMs: exportTimeoutMs,
      }),
    timeline: (ref, page) =>
      call({ method: "GET", path: at(ref, "/timeline"), query: { ...page } }),
    set: (ref, traits) => call({ method: "PATCH", path: at(ref), body: { traits } }),
    consent: (ref, purpose, consent) =>
      call({
        method: "PUT",
        path: at(ref, `/consents/${encodeURIComponent(purpose)}`),
        body: consent,
      }),
    suppress: (ref, reason) =>
      call({ method: "PUT", path: at(ref, "/suppression"), body: { reason } }),
    unsuppress: (ref) => call({ method: "DELETE", path: at(ref, "/suppression") }),
    erase: (ref) => call({ method: "DELETE", path: at(ref) }),
  };
};

const queryOf = ({ attributes = {}, ...filter }: PeopleFilter = {}): Query => ({
  ...filter,
  ...Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [`attribute.${key}`, value]),
  ),
});
