import { importRowOutcomes } from "@yubin/types";
import { z } from "zod";

import type { Cursors } from "../domain/cursors.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { findImport, type GetImportDeps } from "./get-import.ts";
import { pageQuery } from "./paging.ts";

const query = pageQuery.extend({ outcome: z.enum(importRowOutcomes).optional() });
/** After this long a page is answered with what was found. */
const searchMs = 2_000;

/** What became of each row of a file. */
export const getImportRows = (deps: GetImportDeps & { readonly cursors: Cursors }): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof query>({
    method: "get",
    path: "/v1/imports/:id/rows",
    scope: "read",
    query,
    handle: async ({ caller, params, query: { limit, cursor, outcome } }) => {
      const known = await findImport(deps, caller.workspaceId, params["id"]);
      const list = `${known.workspaceId}/imports/${known.id}/rows/${outcome ?? ""}`;
      const until = performance.now() + searchMs;
      const { rows, next } = await deps.imports.rows(known, {
        after: cursor === undefined ? 0 : Number(deps.cursors.read(list, cursor)),
        limit,
        outcome,
        isTimeUp: () => performance.now() > until,
      });
      return {
        status: 200,
        body: {
          data: rows,
          nextCursor: next === undefined ? null : deps.cursors.write(list, String(next)),
        },
      };
    },
  });
