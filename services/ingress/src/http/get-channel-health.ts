import type { z } from "zod";

import { recheckChannel, type RecheckChannelDeps } from "../domain/recheck-channel.ts";
import { defineRoute, lineTimeout, type ApiRoute } from "./api-route.ts";
import { findChannel } from "./get-channel.ts";

export const getChannelHealth = (deps: RecheckChannelDeps): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "get",
    path: "/v1/channels/:id/health",
    scope: "admin",
    timeout: lineTimeout,
    handle: async ({ caller, params }) => {
      const channel = await findChannel(deps.channels, caller.workspaceId, params["id"]);
      return { status: 200, body: { data: await recheckChannel(deps, channel) } };
    },
  });
