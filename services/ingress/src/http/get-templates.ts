import { z } from "zod";

import type { Cursors } from "../domain/cursors.ts";
import { templateSummary, type Templates } from "../domain/template.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { pageQuery, readPage } from "./paging.ts";

export interface GetTemplatesDeps {
  readonly templates: Templates;
  readonly cursors: Cursors;
}

const templatesQuery = pageQuery.extend({ archived: z.enum(["true", "false"]).default("false") });

/** Those in use, or those that were archived, without their messages. */
export const getTemplates = ({ templates, cursors }: GetTemplatesDeps): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof templatesQuery>({
    method: "get",
    path: "/v1/templates",
    scope: "read",
    query: templatesQuery,
    handle: async ({ caller: { workspaceId }, query: { archived, ...query } }) => ({
      status: 200,
      body: await readPage({
        cursors,
        list: `${workspaceId}/templates?archived=${archived}`,
        query,
        read: (page) => templates.list(workspaceId, { ...page, archived: archived === "true" }),
        idOf: ({ id }) => id,
        view: templateSummary,
      }),
    }),
  });
