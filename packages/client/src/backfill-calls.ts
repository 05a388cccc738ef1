import type { BackfillView } from "@yubin/types";

import type { Call, CallOptions } from "./call.ts";
import type { Accepted, Page, PageOptions } from "./paging.ts";

/** Bringing in the followers of a channel. */
export interface BackfillCalls {
  readonly start: (
    channelId: string,
    request?: { readonly dryRun?: boolean },
    options?: CallOptions,
  ) => Promise<Accepted>;
  readonly get: (id: string, options?: Pick<CallOptions, "signal">) => Promise<BackfillView>;
  readonly list: (channelId: string, page?: PageOptions) => Promise<Page<BackfillView>>;
  readonly cancel: (id: string, options?: CallOptions) => Promise<BackfillView>;
}

export const backfillCalls = (call: Call): BackfillCalls => {
  const of = (channelId: string): string =>
    `/v1/channels/${encodeURIComponent(channelId)}/backfills`;
  const at = (id: string): string => `/v1/backfills/${encodeURIComponent(id)}`;
  return {
    start: (channelId, request = {}, given) =>
      call({ ...given, method: "POST", path: of(channelId), body: request }),
    get: (id, given) => call({ ...given, method: "GET", path: at(id) }),
    list: (channelId, page) => call({ method: "GET", path: of(channelId), query: { ...page } }),
    cancel: (id, given) => call({ ...given, method: "POST", path: `${at(id)}/cancel` }),
  };
};
