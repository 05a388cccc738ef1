import type { ConflictView, MergeView, ResolveRequest } from "@yubin/types";

import type { Call, CallOptions } from "./call.ts";
import type { Done, Page, PageOptions } from "./paging.ts";

export interface MergePair {
  readonly from: string;
  /** Whose external id is shown afterwards. */
  readonly into: string;
}

/** Two profiles that are one person. */
export interface MergeCalls {
  /** What a merge would do. */
  readonly preview: (pair: MergePair, options?: CallOptions) => Promise<Done<MergeView>>;
  readonly merge: (pair: MergePair, options?: CallOptions) => Promise<Done<MergeView>>;
  readonly undo: (id: string, options?: CallOptions) => Promise<Done<MergeView>>;
  readonly get: (id: string) => Promise<MergeView>;
  readonly list: (
    page?: PageOptions & { readonly profile?: string | undefined },
  ) => Promise<Page<MergeView>>;
}

/** What is never guessed. */
export interface ConflictCalls {
  readonly list: (
    page?: PageOptions & { readonly state?: "open" | "resolved" | "all" | undefined },
  ) => Promise<Page<ConflictView>>;
  readonly get: (id: string) => Promise<ConflictView>;
  readonly resolve: (
    id: string,
    decision: ResolveRequest,
    options?: CallOptions,
  ) => Promise<Done<ConflictView>>;
}

export const mergeCalls = (call: Call): MergeCalls => {
  const at = (id: string, rest = ""): string => `/v1/merges/${encodeURIComponent(id)}${rest}`;
  const post = (body: object, given: CallOptions = {}): Promise<Done<MergeView>> =>
    call({ ...given, method: "POST", path: "/v1/merges", body });
  return {
    preview: (pair, given) => post({ ...pair, preview: true }, given),
    merge: (pair, given) => post(pair, given),
    undo: (id, given) => call({ ...given, method: "POST", path: at(id, "/undo") }),
    get: (id) => call({ method: "GET", path: at(id) }),
    list: (page) => call({ method: "GET", path: "/v1/merges", query: { ...page } }),
  };
};

export const conflictCalls = (call: Call): ConflictCalls => {
  const at = (id: string, rest = ""): string => `/v1/conflicts/${encodeURIComponent(id)}${rest}`;
  return {
    list: (page) => call({ method: "GET", path: "/v1/conflicts", query: { ...page } }),
    get: (id) => call({ method: "GET", path: at(id) }),
    resolve: (id, body, given) =>
      call({ ...given, method: "POST", path: at(id, "/resolve"), body }),
  };
};
