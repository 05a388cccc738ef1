import { Failure } from "@yubin/errors";
import type { z } from "zod";

import { lineLinkView, type LineLinks } from "../domain/line-link.ts";
import { linkEnd, type LinkEndDeps } from "../domain/link-end.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";

export interface GetLineLinkDeps extends LinkEndDeps {
  readonly lineLinks: LineLinks;
  readonly now: () => Date;
}

/** How a one-time link stands. */
export const getLineLink = (deps: GetLineLinkDeps): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "get",
    path: "/v1/line-links/:id",
    scope: "track",
    handle: async ({ caller, params }) => {
      const link = await deps.lineLinks.find(caller.workspaceId, params["id"] ?? "");
      if (!link) throw new Failure("not_found", "no such link");
      return { status: 200, body: lineLinkView(link, deps.now(), await linkEnd(deps, link)) };
    },
  });
