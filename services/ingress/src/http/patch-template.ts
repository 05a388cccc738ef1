import { isDeepStrictEqual } from "node:util";
import { Failure } from "@yubin/errors";
import { limits, templatePatch, type TemplatePatch } from "@yubin/types";

import { templateView, type Template, type TemplateChange } from "../domain/template.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { findTemplate } from "./get-template.ts";
import type { PostTemplatesDeps } from "./post-templates.ts";

/**
 * Saves a new version, if `version` is the newest one: of two who edited the same, the second is told. The same change
 * twice is one version, so that it can be asked for again where the answer was lost.
 */
export const patchTemplate = ({ templates, checkContent, now }: PostTemplatesDeps): ApiRoute =>
  defineRoute({
    method: "patch",
    path: "/v1/templates/:id",
    scope: "send",
    body: templatePatch,
    handle: async ({ caller: { workspaceId }, params, body }) => {
      const change = changeIn(body);
      if (body.messages) checkContent(body.messages, "messages");
      const newest = await findTemplate(templates, workspaceId, params["id"]);
      if (newest.archivedAt !== null)
        throw new Failure("template_archived", "an archived template stays as it is");
      if (newest.version === body.version) {
        if (newest.version === limits.templateVersionsMax)
          throw new Failure("limit_exceeded", `at most ${limits.templateVersionsMax} versions`);
        const changed = await templates.change(newest, change, now());
        if (changed) return { status: 200, body: templateView(changed) };
      }
      const since = await findTemplate(templates, workspaceId, params["id"]);
      const edited = await templates.find(workspaceId, since.id, body.version);
      if (edited && isSavedAlready(since, edited, change))
        return { status: 200, body: templateView(since) };
      throw new Failure("template_changed", `the newest version is ${since.version}`, {
        field: "version",
      });
    },
  });

const changeIn = ({ name, messages, notificationDisabled }: TemplatePatch): TemplateChange => {
  const change = {
    ...(name === undefined ? {} : { name }),
    ...(messages === undefined ? {} : { messages }),
    ...(notificationDisabled === undefined ? {} : { notificationDisabled }),
  };
  if (Object.keys(change).length === 0)
    throw new Failure("request_invalid", "needs name, messages or notificationDisabled");
  return change;
};

const isSavedAlready = (newest: Template, edited: Template, change: TemplateChange): boolean => {
  const wanted = { ...edited, ...change };
  return (
    newest.version === edited.version + 1 &&
    newest.name === wanted.name &&
    newest.notificationDisabled === wanted.notificationDisabled &&
    isDeepStrictEqual(newest.messages, wanted.messages)
  );
};
