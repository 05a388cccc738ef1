import type { z } from "zod";

import { defineRoute, type ApiRoute } from "./api-route.ts";
import { noSuchTemplate } from "./get-template.ts";
import type { PostTemplatesDeps } from "./post-templates.ts";

/** Archives: all versions can still be read, what was taken is sent, and nothing new is. */
export const deleteTemplate = ({
  templates,
  now,
}: Pick<PostTemplatesDeps, "templates" | "now">): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "delete",
    path: "/v1/templates/:id",
    scope: "send",
    handle: async ({ caller: { workspaceId }, params }) => {
      if (!(await templates.archive(workspaceId, params["id"] ?? "", now())))
        throw noSuchTemplate();
      return { status: 204 };
    },
  });
