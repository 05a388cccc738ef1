import type { LineMessage } from "@yubin/types";

import { defineRows, field } from "../define-rows.ts";

/**
 * A saved template with its newest version. A change first keeps what is here in `templateVersions` and then replaces
 * it by compare-and-set on `version`: one document decides, and no version is ever lost.
 */
export interface MessageTemplateRow {
  _id: string;
  workspaceId: string;
  name: string;
  version: number;
  messages: LineMessage[];
  notificationDisabled: boolean | null;
  archivedAt: Date | null;
  createdAt: Date;
  /** When this version was saved. */
  updatedAt: Date;
}

export const messageTemplateRows = defineRows<MessageTemplateRow>({
  collection: "messageTemplates",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    name: field.text,
    version: field.count,
    messages: field.list,
    notificationDisabled: { type: Boolean, default: null },
    archivedAt: field.maybeTime,
    createdAt: field.time,
    updatedAt: field.time,
  },
  indexes: [{ keys: { workspaceId: 1, _id: 1 } }],
});

/**
 * What a template was, `_id` = `tmpl_…/000001`. There may be one of the newest version, too: whoever began to change it
 * left it, and it says the same.
 */
export interface TemplateVersionRow {
  _id: string;
  workspaceId: string;
  templateId: string;
  name: string;
  version: number;
  messages: LineMessage[];
  notificationDisabled: boolean | null;
  updatedAt: Date;
}

export const templateVersionRows = defineRows<TemplateVersionRow>({
  collection: "templateVersions",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    templateId: field.id,
    name: field.text,
    version: field.count,
    messages: field.list,
    notificationDisabled: { type: Boolean, default: null },
    updatedAt: field.time,
  },
  indexes: [],
});
