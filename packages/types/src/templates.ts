import { z } from "zod";

import { limits } from "./limits.ts";
import { lineMessages, type LineMessage } from "./line-messages/line-message.ts";

/** What becomes of a printed value that is missing: nothing is printed (the default), or the person is skipped. */
export const missingRule = z.enum(["blank", "skip"]);
export type MissingRule = z.output<typeof missingRule>;

/** Where the words of a send come from: they are given, or a saved template is named in their place. */
export const wordsFields = {
  messages: lineMessages.optional(),
  templateId: z.string().min(1).max(512).optional(),
  /** Without it the newest version at the moment the request is taken. */
  templateVersion: z.int().min(1).max(limits.templateVersionsMax).optional(),
  missing: missingRule.optional(),
  notificationDisabled: z.boolean().optional(),
};

/** Which version of which template words are from. */
export const templateUse = z.strictObject({
  id: z.string().min(1).max(512),
  version: z.int().min(1).max(limits.templateVersionsMax),
  /** The request named the version; otherwise it was the newest one. */
  pinned: z.boolean(),
});
export type TemplateUse = Readonly<z.output<typeof templateUse>>;

interface WordsAsked {
  readonly messages?: LineMessage[] | undefined;
  readonly templateId?: string | undefined;
  readonly templateVersion?: number | undefined;
  readonly template?: TemplateUse | undefined;
}

/** Exactly one of messages and templateId; a version is a template's, and where words are from is said with them. */
export const oneSource = (
  { messages, templateId, templateVersion, template }: WordsAsked,
  context: z.RefinementCtx,
): void => {
  const wrong = (field: keyof WordsAsked, message: string): void =>
    context.addIssue({ code: "custom", path: [field], message });
  if (messages === undefined && templateId === undefined)
    wrong("messages", "needs messages or templateId");
  if (messages !== undefined && templateId !== undefined)
    wrong("templateId", "messages or templateId, not both");
  if (templateVersion !== undefined && templateId === undefined)
    wrong("templateVersion", "a version needs its templateId");
  if (template !== undefined && messages === undefined)
    wrong("template", "goes with its messages; to use a template name its templateId");
};

/** The words of a send, frozen: what becomes of their template later changes nothing here. */
export interface FrozenWords {
  readonly messages: LineMessage[];
  readonly missing?: MissingRule | undefined;
  readonly notificationDisabled?: boolean | undefined;
  readonly template?: TemplateUse | undefined;
}

/**
 * What was asked for where these words were frozen. The newest version of a template may be another one when a request
 * is repeated, and is the same request all the same.
 */
export const wordsAsked = ({
  messages,
  missing = "blank",
  notificationDisabled = false,
  template,
}: FrozenWords): object =>
  template
    ? {
        templateId: template.id,
        templateVersion: template.pinned ? template.version : null,
        missing,
      }
    : { messages, missing, notificationDisabled };

const name = z.string().trim().min(1).max(200);

/** Body of `POST /v1/templates`. */
export const templateRequest = z.strictObject({
  name,
  messages: lineMessages,
  notificationDisabled: z.boolean().optional(),
});
export type TemplateRequest = z.output<typeof templateRequest>;

/** Body of `PATCH /v1/templates/:id`: what is left out stays. `version` is the one that was edited. */
export const templatePatch = z.strictObject({
  version: z.int().min(1).max(limits.templateVersionsMax),
  name: name.optional(),
  messages: lineMessages.optional(),
  notificationDisabled: z.boolean().optional(),
});
export type TemplatePatch = z.output<typeof templatePatch>;

/** A template in a list: without its messages. */
export interface TemplateSummary {
  readonly id: string;
  readonly name: string;
  /** The newest one. */
  readonly version: number;
  /** Since when nothing new is sent from it. */
  readonly archivedAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Answer of `GET /v1/templates/:id`: the newest version, or the one asked for. */
export interface TemplateView {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly messages: readonly LineMessage[];
  readonly notificationDisabled: boolean | null;
  readonly archivedAt: string | null;
  /** When the template was made, and when this version was. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** One of all versions there ever were. */
export interface TemplateVersionView {
  readonly version: number;
  readonly name: string;
  readonly updatedAt: string;
}
