import type { z } from "zod";

import { backfillView, type Backfills } from "../domain/backfill.ts";
import type { Channels } from "../domain/channel.ts";
import type { Cursors } from "../domain/cursors.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { findChannel } from "./get-channel.ts";
import { pageQuery, readPage } from "./paging.ts";

export interface GetBackfillsDeps {
  readonly backfills: Backfills;
  readonly channels: Channels;
  readonly cursors: Cursors;
}

export const getBackfills = ({ backfills, channels, cursors }: GetBackfillsDeps): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof pageQuery>({
    method: "get",
    path: "/v1/channels/:id/backfills",
    scope: "admin",
    query: pageQuery,
    handle: async ({ caller: { workspaceId }, params, query }) => {
      const { id: channelId } = await findChannel(channels, workspaceId, params["id"]);
      return {
        status: 200,
        body: await readPage({
          cursors,
          list: `${workspaceId}/${channelId}/backfills`,
          query,
          read: ({ after, limit }) =>
            backfills.list({ workspaceId, channelId }, { after: Number(after), limit }),
          idOf: ({ seq }) => String(seq),
          view: backfillView,
        }),
      };
    },
  });
