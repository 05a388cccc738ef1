import type { TemplatePatch, TemplateRequest, TemplateSummary, TemplateView } from "@yubin/types";
import { InvalidArgumentError, type Command } from "commander";

import type { Cli, Run } from "../cli.ts";
import { readJsonFile } from "../json-file.ts";
import type { Column } from "../output/table.ts";
import { visibleText } from "../output/visible-text.ts";
import { pagesOf, withListOptions, type ListOptions } from "../pages.ts";

/** Saved messages. */
export const addTemplateCommands = (program: Command, run: Run): void => {
  const templates = program.command("templates").description("saved messages, and their versions");

  withListOptions(
    templates
      .command("list")
      .description("those in use")
      .option("--archived", "those that are not in use any more"),
  ).action((options: ListOptions & { archived?: boolean }) =>
    run(({ yubin, out }) => {
      const { archived } = options;
      const read = (page: object) => yubin.templates.list({ ...page, archived });
      return out.list(pagesOf(read, options, out.note), columns, "None.");
    }),
  );

  templates
    .command("show <templateId>")
    .description("its newest version; with --json what `save` takes")
    .option("--version <number>", "this one", version)
    .action((id: string, options: { version?: number }) =>
      run(async ({ yubin, out }) => {
        const template = await yubin.templates.get(id, options.version);
        await out.show(template, () => templateText(template));
      }),
    );

  withListOptions(
    templates.command("versions <templateId>").description("all there ever were, the oldest first"),
  ).action((id: string, options: ListOptions) =>
    run(({ yubin, out }) => {
      const read = (page: object) => yubin.templates.versions(id, page);
      return out.list(pagesOf(read, options, out.note), versionColumns, "None.");
    }),
  );

  templates
    .command("save <file>")
    .description("a new one from a JSON file; where that has id and version, its next version")
    .option("--key <name>", "one template under this name, however often it is asked for")
    .action((path: string, options: { key?: string }) =>
      run((cli) => saveTemplate(cli, path, options)),
    );

  templates
    .command("archive <templateId>")
    .description("for ever: it stays readable, and nothing new is sent from it")
    .option("--yes", "without asking")
    .action((id: string, { yes = false }: { yes?: boolean }) =>
      run(async ({ yubin, out, ask }) => {
        if (!yes) {
          out.note(templateText(await yubin.templates.get(id)));
          if (!(await ask("Type archive to archive it:", "archive"))) return 1;
        }
        await yubin.templates.archive(id);
        await out.show({ id, archived: true }, () => `${id} is archived`);
        return 0;
      }),
    );
};

const version = (text: string): number => {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("a whole number from 1 on.");
  return Number(text);
};

/** The file is what `show --json` gives, changed: the version in it is the one that was edited. */
const saveTemplate = async (
  { yubin, out }: Cli,
  path: string,
  { key }: { readonly key?: string },
): Promise<void> => {
  const {
    id,
    archivedAt: _,
    createdAt: _made,
    updatedAt: _saved,
    ...content
  } = await readJsonFile(path);
  // What was never said is null when it is shown.
  if (content["notificationDisabled"] === null) delete content["notificationDisabled"];
  const template =
    typeof id === "string"
      ? await yubin.templates.change(id, content as TemplatePatch)
      : await yubin.templates.create(
          content as TemplateRequest,
          key === undefined ? {} : { idempotencyKey: key },
        );
  await out.show(
    template,
    () => `${template.id} (${visibleText(template.name)}) has version ${template.version}`,
  );
};

const templateText = (template: TemplateView): string =>
  [
    template.id,
    `name      ${visibleText(template.name)}`,
    `version   ${template.version}, saved ${template.updatedAt}`,
    ...(template.archivedAt === null ? [] : [`archived  ${template.archivedAt}`]),
    ...(template.notificationDisabled === null
      ? []
      : [`silent    ${template.notificationDisabled ? "yes" : "no"}`]),
    "messages",
    JSON.stringify(template.messages, null, 2),
  ].join("\n");

const columns: readonly Column<TemplateSummary>[] = [
  { title: "ID", of: ({ id }) => id, whole: true },
  { title: "NAME", of: ({ name }) => name },
  { title: "VERSION", of: ({ version: newest }) => newest },
  { title: "SAVED", of: ({ updatedAt }) => updatedAt },
  { title: "ARCHIVED", of: ({ archivedAt }) => archivedAt },
];

const versionColumns: readonly Column<{ version: number; name: string; updatedAt: string }>[] = [
  { title: "VERSION", of: (one) => one.version },
  { title: "NAME", of: ({ name }) => name },
  { title: "SAVED", of: ({ updatedAt }) => updatedAt },
];
