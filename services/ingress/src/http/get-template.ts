import { Failure } from "@yubin/errors";
import { z } from "zod";

import { templateView, type Template, type Templates } from "../domain/template.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";

const versionQuery = z.strictObject({
  version: z
    .string()
    .regex(/^[1-9]\d{0,5}$/)
    .transform(Number)
    .optional(),
});

/** The newest version, or the one that `version` names; an archived template, too. */
export const getTemplate = ({ templates }: { readonly templates: Templates }): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof versionQuery>({
    method: "get",
    path: "/v1/templates/:id",
    scope: "read",
    query: versionQuery,
    handle: async ({ caller: { workspaceId }, params, query: { version } }) => ({
      status: 200,
      body: templateView(await findTemplate(templates, workspaceId, params["id"], version)),
    }),
  });

/** Another workspace's template is as absent as one that never was. */
export const findTemplate = async (
  templates: Templates,
  workspaceId: string,
  templateId: string | undefined,
  version?: number,
): Promise<Template> => {
  const template = await templates.find(workspaceId, templateId ?? "", version);
  if (!template) throw noSuchTemplate();
  return template;
};

export const noSuchTemplate = (): Failure =>
  new Failure("not_found", "no such template, or not in this version");
