import type { z } from "zod";

import type { Channels } from "../domain/channel.ts";
import { monthOf, type AskQuotaDeps } from "../domain/quota.ts";
import { defineRoute, lineTimeout, type ApiRoute } from "./api-route.ts";
import { findChannel } from "./get-channel.ts";

export interface GetChannelQuotaDeps extends AskQuotaDeps {
  readonly channels: Channels;
}

/** How many messages are left this month, and whether they will do. */
export const getChannelQuota = (deps: GetChannelQuotaDeps): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "get",
    path: "/v1/channels/:id/quota",
    scope: "read",
    timeout: lineTimeout,
    handle: async ({ caller, params }) => {
      const channel = await findChannel(deps.channels, caller.workspaceId, params["id"]);
      return { status: 200, body: await monthOf(deps, channel) };
    },
  });
