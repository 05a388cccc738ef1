import { Failure } from "@yubin/errors";
import { z } from "zod";

import { defineRoute, type ApiRoute } from "./api-route.ts";
import { findImport } from "./get-import.ts";
import { importFile, importTimeout } from "./import-file.ts";
import type { PostImportsDeps } from "./post-imports.ts";
import { receiveImport } from "./receive-import.ts";

const query = z.strictObject({
  fromRow: z
    .string()
    .regex(/^[1-9]\d{0,9}$/)
    .transform(Number)
    .optional(),
});

/** Goes on with an upload that broke off: rows that are here already are passed over, or left out with `fromRow`. */
export const putImport = (deps: PostImportsDeps): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof query>({
    method: "put",
    path: "/v1/imports/:id",
    scope: "track",
    query,
    file: importFile,
    timeout: importTimeout,
    handle: ({ caller, params, query: { fromRow = 1 }, file }) =>
      deps.uploadSlots(async () => {
        const opened = await findImport(deps, caller.workspaceId, params["id"]);
        if (opened.state !== "receiving")
          throw new Failure("state_invalid", `the import is ${opened.state}`);
        if (fromRow > opened.rows + 1)
          throw new Failure("param_invalid", `rows from ${opened.rows + 1} on are not here yet`, {
            field: "fromRow",
          });
        await receiveImport(deps, opened, { bytes: file, firstRow: fromRow });
        return { status: 202, body: { id: opened.id } };
      }),
  });
