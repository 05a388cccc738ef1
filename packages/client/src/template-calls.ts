import type {
  TemplatePatch,
  TemplateRequest,
  TemplateSummary,
  TemplateVersionView,
  TemplateView,
} from "@yubin/types";

import type { Call, CallOptions } from "./call.ts";
import type { Page, PageOptions } from "./paging.ts";

/** Saved messages, every version of which is kept. */
export interface TemplateCalls {
  readonly create: (request: TemplateRequest, options?: CallOptions) => Promise<TemplateView>;
  /** Those in use, or those that were archived; without their messages. */
  readonly list: (
    page?: PageOptions & { readonly archived?: boolean | undefined },
  ) => Promise<Page<TemplateSummary>>;
  /** The newest version, or the one that is named. */
  readonly get: (id: string, version?: number) => Promise<TemplateView>;
  /** The oldest first. */
  readonly versions: (id: string, page?: PageOptions) => Promise<Page<TemplateVersionView>>;
  /** Saves the next version; fails with `template_changed` where `version` is not the newest one. */
  readonly change: (id: string, change: TemplatePatch) => Promise<TemplateView>;
  /** For ever: it stays readable, and nothing new is sent from it. */
  readonly archive: (id: string) => Promise<void>;
}

export const templateCalls = (call: Call): TemplateCalls => {
  const at = (id: string, rest = ""): string => `/v1/templates/${encodeURIComponent(id)}${rest}`;
  return {
    create: (body, given) => call({ ...given, method: "POST", path: "/v1/templates", body }),
    list: (page) => call({ method: "GET", path: "/v1/templates", query: { ...page } }),
    get: (id, version) => call({ method: "GET", path: at(id), query: { version } }),
    versions: (id, page) => call({ method: "GET", path: at(id, "/versions"), query: { ...page } }),
    change: (id, body) => call({ method: "PATCH", path: at(id), body }),
    archive: async (id) => {
      await call.stream({ method: "DELETE", path: at(id) });
    },
  };
};
