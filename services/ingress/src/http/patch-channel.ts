import { Failure } from "@yubin/errors";
import { channelPatch } from "@yubin/types";

import type { Channels } from "../domain/channel.ts";
import { checkLimits, lineLimits } from "../domain/channel-limits.ts";
import { channelView } from "../domain/channel-view.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { findChannel } from "./get-channel.ts";

export interface PatchChannelDeps {
  readonly channels: Channels;
  readonly now: () => Date;
}

/** Changes what the operator tells us of a channel. */
export const patchChannel = ({ channels, now }: PatchChannelDeps): ApiRoute =>
  defineRoute({
    method: "patch",
    path: "/v1/channels/:id",
    scope: "admin",
    body: channelPatch,
    handle: async ({ caller, params, body: { name, loginChannelId, limits } }) => {
      const channel = await findChannel(channels, caller.workspaceId, params["id"]);
      const change = {
        ...(name === undefined ? {} : { name }),
        ...(loginChannelId === undefined ? {} : { loginChannelId }),
        ...(limits === undefined ? {} : { limits: limits ? checkLimits(limits) : lineLimits }),
      };
      if (Object.keys(change).length === 0)
        throw new Failure("request_invalid", "needs name, loginChannelId or limits");
      const changed = await channels.change(channel, change, now());
      if (!changed) throw new Failure("state_invalid", "the channel changed meanwhile; try again");
      return { status: 200, body: channelView(changed) };
    },
  });
