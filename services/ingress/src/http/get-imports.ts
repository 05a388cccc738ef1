import type { z } from "zod";

import type { Cursors } from "../domain/cursors.ts";
import { importView } from "../domain/import.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import type { GetImportDeps } from "./get-import.ts";
import { pageQuery, readPage } from "./paging.ts";

/** The files of the last thirty days; what identity has done is counted when one is looked at by itself. */
export const getImports = ({
  imports,
  cursors,
}: GetImportDeps & { readonly cursors: Cursors }): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof pageQuery>({
    method: "get",
    path: "/v1/imports",
    scope: "read",
    query: pageQuery,
    handle: async ({ caller: { workspaceId }, query }) => ({
      status: 200,
      body: await readPage({
        cursors,
        list: `${workspaceId}/imports`,
        query,
        read: (page) => imports.list(workspaceId, page),
        idOf: ({ id }) => id,
        view: importView,
      }),
    }),
  });
