import { credentialsRequest } from "@yubin/types";

import { channelView } from "../domain/channel-view.ts";
import { rotateCredentials, type RotateCredentialsDeps } from "../domain/rotate-credentials.ts";
import { defineRoute, lineTimeout, type ApiRoute } from "./api-route.ts";
import { findChannel } from "./get-channel.ts";

/** Takes a new token or secret; webhooks signed with the old secret count for an hour. */
export const postChannelCredentials = (deps: RotateCredentialsDeps): ApiRoute =>
  defineRoute({
    method: "post",
    path: "/v1/channels/:id/credentials",
    scope: "admin",
    timeout: lineTimeout,
    creates: "yes",
    body: credentialsRequest,
    handle: async ({ caller, params, body }) => {
      const channel = await findChannel(deps.channels, caller.workspaceId, params["id"]);
      return { status: 200, body: channelView(await rotateCredentials(deps, channel, body)) };
    },
  });
