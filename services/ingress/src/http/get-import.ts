import { Failure } from "@yubin/errors";
import type { z } from "zod";

import { importView, type Import, type Imports } from "../domain/import.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";

export interface GetImportDeps {
  readonly imports: Imports;
  readonly now: () => Date;
}

/** How far a file has come. */
export const getImport = (deps: GetImportDeps): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "get",
    path: "/v1/imports/:id",
    scope: "read",
    handle: async ({ caller, params }) => ({
      status: 200,
      body: importView(await findImport(deps, caller.workspaceId, params["id"])),
    }),
  });

export const findImport = async (
  { imports, now }: GetImportDeps,
  workspaceId: string,
  id: string | undefined,
): Promise<Import> => {
  const found = await imports.find(workspaceId, id ?? "", now());
  if (!found) throw new Failure("not_found", "no such import");
  return found;
};
