import type { z } from "zod";

import type { ApiKeys } from "../domain/api-key.ts";
import type { Cursors } from "../domain/cursors.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { pageQuery, readPage } from "./paging.ts";
import { apiKeyView } from "./post-api-keys.ts";

export interface GetApiKeysDeps {
  readonly apiKeys: ApiKeys;
  readonly cursors: Cursors;
}

/** The keys that are not revoked, by id. */
export const getApiKeys = ({ apiKeys, cursors }: GetApiKeysDeps): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof pageQuery>({
    method: "get",
    path: "/v1/api-keys",
    scope: "admin",
    query: pageQuery,
    handle: async ({ caller: { workspaceId }, query }) => ({
      status: 200,
      body: await readPage({
        cursors,
        list: `${workspaceId}/api-keys`,
        query,
        read: (page) => apiKeys.list(workspaceId, page),
        idOf: ({ id }) => id,
        view: apiKeyView,
      }),
    }),
  });
