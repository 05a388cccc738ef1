import { Failure } from "@yubin/errors";
import type { FrozenWords, LineMessage, MissingRule } from "@yubin/types";

import type { Store } from "./connect.ts";

/** One version of a saved template. */
export interface SavedTemplate {
  readonly id: string;
  readonly workspaceId: string;
  readonly name: string;
  readonly version: number;
  readonly messages: readonly LineMessage[];
  readonly notificationDisabled: boolean | null;
  readonly archivedAt: Date | null;
  readonly createdAt: Date;
  /** When this version was saved. */
  readonly updatedAt: Date;
}

/** Finds the newest version of a template, or the one that is named. */
export type FindTemplate = (
  workspaceId: string,
  templateId: string,
  version?: number,
) => Promise<SavedTemplate | undefined>;

export const createTemplateReader =
  ({ messageTemplates, templateVersions }: Store): FindTemplate =>
  async (workspaceId, templateId, version) => {
    const row = await messageTemplates.findOne({ _id: templateId, workspaceId });
    if (!row) return undefined;
    const { _id: id, ...newest } = row;
    if (version === undefined || version === newest.version) return { ...newest, id };
    if (version > newest.version) return undefined;
    const earlier = await templateVersions.findOne({
      _id: templateVersionId(id, version),
      workspaceId,
    });
    if (!earlier) throw new Error("a version of a template is not there");
    const { name, messages, notificationDisabled, updatedAt } = earlier;
    return { ...newest, id, version, name, messages, notificationDisabled, updatedAt };
  };

export const templateVersionId = (templateId: string, version: number): string =>
  `${templateId}/${String(version).padStart(6, "0")}`;

/** What a send asks for: words, or a template. */
export type WordsRequest = {
  readonly messages?: LineMessage[] | undefined;
  readonly templateId?: string | undefined;
  readonly templateVersion?: number | undefined;
  readonly missing?: MissingRule | undefined;
  readonly notificationDisabled?: boolean | undefined;
};

/**
 * The words of a send as they are at this moment, to be kept with it. Fails with `not_found` where there is no such
 * template or version, and with `template_archived`; `field` is where the words stand in the request.
 */
export type FreezeWords = (
  workspaceId: string,
  request: WordsRequest,
  field?: string,
) => Promise<FrozenWords>;

export const createFreezeWords = (store: Store): FreezeWords => {
  const find = createTemplateReader(store);
  return async (workspaceId, request, field = "") => {
    const { messages, templateId, templateVersion, notificationDisabled: asked } = request;
    const missing = request.missing === undefined ? {} : { missing: request.missing };
    if (messages !== undefined) return { messages, ...missing, ...quietly(asked) };
    const at = (name: string) => ({ field: field === "" ? name : `${field}.${name}` });
    const template = await find(workspaceId, templateId ?? "", templateVersion);
    if (!template)
      throw templateVersion === undefined
        ? new Failure("not_found", "no such template", at("templateId"))
        : new Failure("not_found", "no such version of a template", at("templateVersion"));
    if (template.archivedAt !== null)
      throw new Failure("template_archived", "the template is archived", at("templateId"));
    const { id, version, notificationDisabled } = template;
    return {
      messages: [...template.messages],
      ...missing,
      ...quietly(asked ?? notificationDisabled ?? undefined),
      template: { id, version, pinned: templateVersion !== undefined },
    };
  };
};

const quietly = (notificationDisabled: boolean | undefined) =>
  notificationDisabled === undefined ? {} : { notificationDisabled };
