import type { z } from "zod";

import type { Cursors } from "../domain/cursors.ts";
import { profileView, type Profiles } from "../domain/profile.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { pageQuery, readPage } from "./paging.ts";

export interface GetProfilesDeps {
  readonly profiles: Profiles;
  readonly cursors: Cursors;
}

/** Everybody we know, by id. */
export const getProfiles = ({ profiles, cursors }: GetProfilesDeps): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof pageQuery>({
    method: "get",
    path: "/v1/profiles",
    scope: "read",
    query: pageQuery,
    handle: async ({ caller: { workspaceId }, query }) => ({
      status: 200,
      body: await readPage({
        cursors,
        list: `${workspaceId}/profiles`,
        query,
        read: (page) => profiles.list(workspaceId, page),
        idOf: ({ id }) => id,
        view: profileView,
      }),
    }),
  });
