import { Failure } from "@yubin/errors";
import type { z } from "zod";

import type { Channel, Channels } from "../domain/channel.ts";
import { channelView } from "../domain/channel-view.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";

export const getChannel = ({ channels }: { readonly channels: Channels }): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "get",
    path: "/v1/channels/:id",
    scope: "admin",
    handle: async ({ caller, params }) => ({
      status: 200,
      body: channelView(await findChannel(channels, caller.workspaceId, params["id"])),
    }),
  });

/** Another workspace's channel is as absent as one that never was. */
export const findChannel = async (
  channels: Channels,
  workspaceId: string,
  channelId: string | undefined,
): Promise<Channel> => {
  const channel = await channels.find(workspaceId, channelId ?? "");
  if (!channel) throw new Failure("not_found", "no such channel");
  return channel;
};
