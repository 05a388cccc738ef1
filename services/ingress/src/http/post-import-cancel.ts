import { Failure } from "@yubin/errors";
import type { z } from "zod";

import { importView } from "../domain/import.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { findImport, type GetImportDeps } from "./get-import.ts";

/** Takes no more of a file; the rows that are here stay. */
export const postImportCancel = (deps: GetImportDeps): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "post",
    path: "/v1/imports/:id/cancel",
    scope: "track",
    handle: async ({ caller, params }) => {
      const known = await findImport(deps, caller.workspaceId, params["id"]);
      if (known.state === "cancelled") return { status: 200, body: importView(known) };
      const end = { state: "cancelled", reason: null, at: deps.now() } as const;
      if (known.state !== "receiving")
        throw new Failure("state_invalid", `the import is ${known.state}`);
      const cancelled = await deps.imports.end(known, end);
      if (!cancelled)
        throw new Failure("in_progress", "rows of it were stored in this moment", {
          retryAfterMs: 1_000,
        });
      return { status: 200, body: importView(cancelled) };
    },
  });
