import type { MessageView, PreviewRequest, PreviewView, SendRequest } from "@yubin/types";

import type { Call, CallOptions } from "./call.ts";
import type { Accepted } from "./paging.ts";

/** Messages to one person. */
export interface MessageCalls {
  readonly send: (request: SendRequest, options?: CallOptions) => Promise<Accepted>;
  readonly get: (id: string) => Promise<MessageView>;
  /** Takes one back that waits; fails with `state_invalid` where LINE was asked for it. */
  readonly cancel: (id: string) => Promise<MessageView>;
  /** What one person would get and whether they would; sends nothing. */
  readonly preview: (request: PreviewRequest) => Promise<PreviewView>;
}

/** Yubin asks LINE in between. */
const previewTimeoutMs = 45_000;

export const messageCalls = (call: Call): MessageCalls => ({
  send: (body, given) => call({ ...given, method: "POST", path: "/v1/messages", body }),
  get: (id) => call({ method: "GET", path: `/v1/messages/${encodeURIComponent(id)}` }),
  cancel: (id) => call({ method: "POST", path: `/v1/messages/${encodeURIComponent(id)}/cancel` }),
  preview: (body) =>
    call({
      method: "POST",
      path: "/v1/messages/preview",
      body,
      timeoutMs: previewTimeoutMs,
    }),
});
