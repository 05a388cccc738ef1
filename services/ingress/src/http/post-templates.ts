import { isDeepStrictEqual } from "node:util";
import { Failure } from "@yubin/errors";
import { idFrom, newId, templateRequest } from "@yubin/types";

import { templateView, type Template, type Templates } from "../domain/template.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import type { CheckContent } from "./check-content.ts";

export interface PostTemplatesDeps {
  readonly templates: Templates;
  readonly checkContent: CheckContent;
  readonly now: () => Date;
}

/** Saves messages under a name, checked as if they were sent; this is version 1. */
export const postTemplates = ({ templates, checkContent, now }: PostTemplatesDeps): ApiRoute =>
  defineRoute({
    method: "post",
    path: "/v1/templates",
    scope: "send",
    creates: "yes",
    body: templateRequest,
    handle: async ({ caller: { workspaceId }, body, idempotencyKey }) => {
      checkContent(body.messages, "messages");
      const at = now();
      const template: Template = {
        id:
          idempotencyKey === undefined
            ? newId("tmpl")
            : idFrom("tmpl", workspaceId, idempotencyKey),
        workspaceId,
        name: body.name,
        version: 1,
        messages: body.messages,
        notificationDisabled: body.notificationDisabled ?? null,
        archivedAt: null,
        createdAt: at,
        updatedAt: at,
      };
      const stored = (await templates.insert(template))
        ? template
        : await theSame(templates, template);
      return { status: 201, body: templateView(stored) };
    },
  });

/** The id follows from the key, so it is there already where an earlier try got that far. */
const theSame = async (templates: Templates, asked: Template): Promise<Template> => {
  const earlier = await templates.find(asked.workspaceId, asked.id, 1);
  if (earlier && isDeepStrictEqual(savedIn(earlier), savedIn(asked))) return earlier;
  throw new Failure("idempotency_mismatch", "another template was made under this key");
};

const savedIn = ({ name, messages, notificationDisabled }: Template) => ({
  name,
  messages,
  notificationDisabled,
});
