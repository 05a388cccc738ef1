import type { z } from "zod";

import { backfillView, findBackfill, type Backfills } from "../domain/backfill.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";

export const getBackfill = ({ backfills }: { readonly backfills: Backfills }): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "get",
    path: "/v1/backfills/:id",
    scope: "admin",
    handle: async ({ caller, params }) => ({
      status: 200,
      body: backfillView(await findBackfill(backfills, caller.workspaceId, params["id"])),
    }),
  });
