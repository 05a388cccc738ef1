import { Failure } from "@yubin/errors";
import { linkTokenRequest } from "@yubin/types";

import { channelToken, type ChannelTokenDeps } from "../domain/channel-token.ts";
import type { Channels } from "../domain/channel.ts";
import type { LineAccount } from "../domain/line-account.ts";
import { isOneOf } from "../domain/line-credentials.ts";
import { defineRoute, lineTimeout, type ApiRoute } from "./api-route.ts";
import { findChannel } from "./get-channel.ts";

export interface PostLinkTokensDeps extends ChannelTokenDeps {
  readonly channels: Channels;
  readonly line: LineAccount;
  readonly now: () => Date;
}

/** Source: LINE, Linking accounts: ten minutes, though the period may change. */
const lifeMs = 600_000;

/** LINE's link token, for a business that sends people to a login page of its own. */
export const postLinkTokens = (deps: PostLinkTokensDeps): ApiRoute =>
  defineRoute({
    method: "post",
    path: "/v1/channels/:id/link-tokens",
    scope: "track",
    creates: "secret",
    timeout: lineTimeout,
    body: linkTokenRequest,
    handle: async ({ caller, params, body: { lineUserId } }) => {
      const channel = await findChannel(deps.channels, caller.workspaceId, params["id"]);
      const expiresAt = new Date(deps.now().getTime() + lifeMs).toISOString();
      const token = await channelToken(deps, channel);
      const linkToken = await deps.line.issueLinkToken(token, lineUserId).catch(unlessNoFriend);
      return { status: 201, body: { linkToken, expiresAt } };
    },
  });

const unlessNoFriend = (error: unknown): never => {
  if (!isOneOf(error, ["line.refused"])) throw error;
  throw new Failure("link_refused", "LINE links nobody who is no friend of the account", {
    field: "lineUserId",
  });
};
