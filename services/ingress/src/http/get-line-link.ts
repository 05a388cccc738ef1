import { Failure } from "@yubin/errors";
import { lineLinkEventId } from "@yubin/types";
import type { z } from "zod";

import type { CommandEnd } from "../domain/commands.ts";
import { lineLinkView, type LineLink, type LineLinks } from "../domain/line-link.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";

export interface GetLineLinkDeps {
  readonly lineLinks: LineLinks;
  readonly findEnd: (workspaceId: string, eventRowId: string) => Promise<CommandEnd | undefined>;
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

/** How identity ended what a proven link led to: a command, or the identify call that used the link. */
export const linkEnd = async (
  { findEnd }: Pick<GetLineLinkDeps, "findEnd">,
  { id, workspaceId, state, provedBy }: LineLink,
): Promise<CommandEnd | undefined> => {
  if (state !== "proven") return undefined;
  return provedBy?.startsWith("evt_")
    ? await findEnd(workspaceId, `${workspaceId}/track/${provedBy}`)
    : await findEnd(workspaceId, `${workspaceId}/api/${lineLinkEventId(workspaceId, id)}`);
};
