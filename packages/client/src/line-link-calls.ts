import type { LineLinkRequest, LineLinkView, ProfileView } from "@yubin/types";

import type { Call, CallOptions } from "./call.ts";

/** A one-time link by which a person proves that a LINE ID is theirs: send it only to them. */
export interface MadeLineLink {
  readonly id: string;
  /** Absent where the caller gave a link token of LINE's: `redirectUrl` is there instead. */
  readonly url?: string;
  readonly qrUrl?: string;
  readonly redirectUrl?: string;
  readonly expiresAt: string;
  /** LINE demands that people are told that they can unlink at any time. */
  readonly unlinkNotice: string;
}

export interface LineLinkCalls {
  readonly create: (
    ref: string,
    request?: LineLinkRequest,
    options?: CallOptions,
  ) => Promise<MadeLineLink>;
  readonly get: (id: string) => Promise<LineLinkView>;
  readonly unlink: (ref: string, provider: string, lineUserId: string) => Promise<ProfileView>;
}

export const lineLinkCalls = (call: Call): LineLinkCalls => ({
  create: (ref, request = {}, given) =>
    call({
      ...given,
      method: "POST",
      path: `/v1/profiles/${encodeURIComponent(ref)}/line-links`,
      body: request,
    }),
  get: (id) => call({ method: "GET", path: `/v1/line-links/${encodeURIComponent(id)}` }),
  unlink: (...names) => {
    const [ref, provider, lineUserId] = names.map(encodeURIComponent);
    return call({
      method: "DELETE",
      path: `/v1/profiles/${ref}/line-accounts/${provider}/${lineUserId}`,
    });
  },
});
