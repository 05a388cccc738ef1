import type { ImportFormat, ImportRowOutcome, ImportRowView, ImportView } from "@yubin/types";

import type { Call, CallOptions } from "./call.ts";
import type { Accepted, Page, PageOptions } from "./paging.ts";

export interface ImportFile {
  readonly format: ImportFormat;
  /** Makes the bytes of the whole file, from its start; once for each try. */
  readonly open: () => ReadableStream<Uint8Array>;
}

/** Files of people. */
export interface ImportCalls {
  /**
   * Sends a file; the same under the same key goes on with one that broke off, and sends for nothing one that is here.
   * Resolves once all of it is stored; `get` tells how far it has been applied.
   */
  readonly send: (
    file: ImportFile,
    options: CallOptions & { readonly idempotencyKey: string },
  ) => Promise<Accepted>;
  readonly get: (id: string) => Promise<ImportView>;
  readonly list: (page?: PageOptions) => Promise<Page<ImportView>>;
  readonly rows: (
    id: string,
    page?: PageOptions & { readonly outcome?: ImportRowOutcome | undefined },
  ) => Promise<Page<ImportRowView>>;
  /** Takes no more of it; rows that are here stay. */
  readonly cancel: (id: string) => Promise<ImportView>;
}

const sendTimeoutMs = 3_600_000;

export const importCalls = (call: Call): ImportCalls => {
  const at = (id: string, rest = ""): string => `/v1/imports/${encodeURIComponent(id)}${rest}`;
  return {
    send: ({ format, open }, given) =>
      call({
        ...given,
        method: "POST",
        path: "/v1/imports",
        query: { format },
        file: { type: format === "csv" ? "text/csv" : "application/x-ndjson", open },
        timeoutMs: sendTimeoutMs,
      }),
    get: (id) => call({ method: "GET", path: at(id) }),
    list: (page) => call({ method: "GET", path: "/v1/imports", query: { ...page } }),
    rows: (id, page) => call({ method: "GET", path: at(id, "/rows"), query: { ...page } }),
    cancel: (id) => call({ method: "POST", path: at(id, "/cancel") }),
  };
};
