import { importFormats, importRowOutcomes, type ImportRowOutcome } from "@yubin/types";
import { Option, type Command } from "commander";

import type { Run } from "../cli.ts";
import { importPeople, type ImportOptions } from "../import-people.ts";
import { pagesOf, withListOptions, type ListOptions } from "../pages.ts";
import { importText, rowColumns } from "../views/import-text.ts";

type RowsOptions = ListOptions & { readonly outcome?: ImportRowOutcome };

/** Files of people. */
export const addImportCommands = (
  { program, people }: { readonly program: Command; readonly people: Command },
  run: Run,
): void => {
  people
    .command("import <file>")
    .description("bring in a file of people; run again, it goes on where it stopped")
    .addOption(new Option("--format <format>", "or by the name of the file").choices(importFormats))
    .option("--key <name>", "in place of the file's digest: an import of its own")
    .action((file: string, options: ImportOptions) =>
      run((cli) => importPeople(cli, file, options)),
    );

  const imports = program.command("import").description("files that were brought in");
  imports
    .command("show <importId>")
    .description("how far it is")
    .action((importId: string) =>
      run(async ({ yubin, out }) => {
        const view = await yubin.imports.get(importId);
        await out.show(view, () => importText(view));
      }),
    );
  withListOptions(
    imports
      .command("rows <importId>")
      .description("what became of each row")
      .addOption(new Option("--outcome <outcome>").choices(importRowOutcomes)),
  ).action((importId: string, options: RowsOptions) =>
    run(({ yubin, out }) => {
      const { outcome } = options;
      const read = (page: object) => yubin.imports.rows(importId, { ...page, outcome });
      return out.list(pagesOf(read, options, out.note), rowColumns, "None.");
    }),
  );
};
