import type { z } from "zod";

import { templateVersionView } from "../domain/template.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { findTemplate } from "./get-template.ts";
import type { GetTemplatesDeps } from "./get-templates.ts";
import { pageQuery, readPage } from "./paging.ts";

/** All versions there ever were, the oldest first. */
export const getTemplateVersions = ({ templates, cursors }: GetTemplatesDeps): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof pageQuery>({
    method: "get",
    path: "/v1/templates/:id/versions",
    scope: "read",
    query: pageQuery,
    handle: async ({ caller: { workspaceId }, params, query }) => {
      const template = await findTemplate(templates, workspaceId, params["id"]);
      const page = await readPage({
        cursors,
        list: `${workspaceId}/templates/${template.id}/versions`,
        query,
        read: ({ after, limit }) => templates.versions(template, { after: Number(after), limit }),
        idOf: ({ version }) => String(version),
        view: templateVersionView,
      });
      return { status: 200, body: page };
    },
  });
