import type { z } from "zod";

import type { Channels } from "../domain/channel.ts";
import { channelView } from "../domain/channel-view.ts";
import type { Cursors } from "../domain/cursors.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { pageQuery, readPage } from "./paging.ts";

export interface GetChannelsDeps {
  readonly channels: Channels;
  readonly cursors: Cursors;
}

export const getChannels = ({ channels, cursors }: GetChannelsDeps): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof pageQuery>({
    method: "get",
    path: "/v1/channels",
    scope: "admin",
    query: pageQuery,
    handle: async ({ caller: { workspaceId }, query }) => ({
      status: 200,
      body: await readPage({
        cursors,
        list: `${workspaceId}/channels`,
        query,
        read: (page) => channels.list(workspaceId, page),
        idOf: ({ id }) => id,
        view: channelView,
      }),
    }),
  });
