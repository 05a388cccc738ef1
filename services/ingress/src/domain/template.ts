import type {
  FrozenWords,
  LineMessage,
  MissingRule,
  TemplateSummary,
  TemplateVersionView,
  TemplateView,
} from "@yubin/types";

/** A saved template, in one of its versions. */
export interface Template {
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

export type TemplateVersion = Pick<Template, "version" | "name" | "updatedAt">;
export type TemplateChange = Partial<Pick<Template, "name" | "messages" | "notificationDisabled">>;

export interface Templates {
  /** The newest version, or the one that is named. */
  find(workspaceId: string, templateId: string, version?: number): Promise<Template | undefined>;
  /** By id, after the one named; newest versions. */
  list(
    workspaceId: string,
    page: { after: string; limit: number; archived: boolean },
  ): Promise<Template[]>;
  /** Oldest first, after the version named. */
  versions(template: Template, page: { after: number; limit: number }): Promise<TemplateVersion[]>;
  /** False where a template of this id is there already. */
  insert(template: Template): Promise<boolean>;
  /** Makes the next version, only while this is the newest one and not archived; undefined otherwise. */
  change(template: Template, change: TemplateChange, now: Date): Promise<Template | undefined>;
  /** For ever; the versions stay. False where there is no such template. */
  archive(workspaceId: string, templateId: string, now: Date): Promise<boolean>;
}

/** The words of a send: those it carries, or those of the template it names as they are now. */
export type FreezeWords = (
  workspaceId: string,
  request: {
    readonly messages?: LineMessage[] | undefined;
    readonly templateId?: string | undefined;
    readonly templateVersion?: number | undefined;
    readonly missing?: MissingRule | undefined;
    readonly notificationDisabled?: boolean | undefined;
  },
  field?: string,
) => Promise<FrozenWords>;

export const templateView = (template: Template): TemplateView => ({
  id: template.id,
  name: template.name,
  version: template.version,
  messages: template.messages,
  notificationDisabled: template.notificationDisabled,
  archivedAt: template.archivedAt?.toISOString() ?? null,
  createdAt: template.createdAt.toISOString(),
  updatedAt: template.updatedAt.toISOString(),
});

export const templateSummary = (template: Template): TemplateSummary => {
  const { messages: _, notificationDisabled: _quiet, ...summary } = templateView(template);
  return summary;
};

export const templateVersionView = ({
  version,
  name,
  updatedAt,
}: TemplateVersion): TemplateVersionView => ({ version, name, updatedAt: updatedAt.toISOString() });
