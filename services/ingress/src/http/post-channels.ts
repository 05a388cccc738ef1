import { channelRequest, idFrom, newId } from "@yubin/types";

import { channelView } from "../domain/channel-view.ts";
import { connectChannel, type ConnectChannelDeps } from "../domain/connect-channel.ts";
import { defineRoute, lineTimeout, type ApiRoute } from "./api-route.ts";

/** Connects a LINE channel. */
export const postChannels = (deps: ConnectChannelDeps): ApiRoute =>
  defineRoute({
    method: "post",
    path: "/v1/channels",
    scope: "admin",
    timeout: lineTimeout,
    creates: "yes",
    body: channelRequest,
    handle: async ({ caller: { workspaceId }, body, idempotencyKey }) => {
      const channelId =
        idempotencyKey === undefined ? newId("chan") : idFrom("chan", workspaceId, idempotencyKey);
      const channel = await connectChannel(deps, body, { workspaceId, channelId });
      return { status: 201, body: channelView(channel) };
    },
  });
