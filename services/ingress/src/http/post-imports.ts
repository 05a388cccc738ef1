import { idFrom, importFormats, newId } from "@yubin/types";
import { z } from "zod";

import { defineRoute, type ApiRoute } from "./api-route.ts";
import { importFile, importTimeout, type UploadSlots } from "./import-file.ts";
import { receiveImport, type ReceiveImportDeps } from "./receive-import.ts";

export interface PostImportsDeps extends ReceiveImportDeps {
  readonly uploadSlots: UploadSlots;
}

const query = z.strictObject({ format: z.enum(importFormats) });

/**
 * Takes a file of people, each row an identify call. The import's id follows from the Idempotency-Key: the same request
 * again goes on with an upload that broke off, and reads nothing of one that is here.
 */
export const postImports = (deps: PostImportsDeps): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof query>({
    method: "post",
    path: "/v1/imports",
    scope: "track",
    query,
    file: importFile,
    creates: "fact",
    timeout: importTimeout,
    handle: ({ caller: { workspaceId }, query: { format }, idempotencyKey, file }) =>
      deps.uploadSlots(async () => {
        const id =
          idempotencyKey === undefined ? newId("imp") : idFrom("imp", workspaceId, idempotencyKey);
        const opened = await deps.imports.open({ id, workspaceId, format, createdAt: deps.now() });
        if (opened.state === "receiving")
          await receiveImport(deps, opened, { bytes: file, firstRow: 1 });
        return { status: 202, body: { id } };
      }),
  });
