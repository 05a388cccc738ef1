import type { ExportFormat, PeopleFilter } from "@yubin/client";
import { Option, type Command } from "commander";

import type { Cli, Run } from "../cli.ts";
import { writeExport } from "../export-file.ts";
import { pagesOf, withListOptions, type ListOptions } from "../pages.ts";
import { filterFrom, withFilterOptions } from "../people-filter.ts";
import { peopleColumns, profileText, timelineColumns } from "../views/profile-text.ts";

/** Looking at people. */
export const addPeopleCommands = (people: Command, run: Run): void => {
  withListOptions(withFilterOptions(people.command("list").description("find people"))).action(
    (options: ListOptions & PeopleFilter) =>
      run(({ yubin, out }) => {
        const filter = filterFrom(options);
        const pages = pagesOf((page) => yubin.profiles.list(filter, page), options, out.note);
        return out.list(pages, peopleColumns, "Nobody.");
      }),
  );

  people
    .command("show <ref>")
    .description("one person: prof_…, user:<id>, email:<address> or line:<provider>:U…")
    .action((ref: string) =>
      run(async ({ yubin, out }) => {
        const profile = await yubin.profiles.get(ref);
        await out.show(profile, () => profileText(profile, out));
      }),
    );

  withListOptions(
    people
      .command("timeline <ref>")
      .description("what they did and were sent, the newest first")
      .option("--types <types>", "only these, such as follow,message,sent"),
  ).action((ref: string, options: ListOptions & { types?: string }) =>
    run(({ yubin, out }) => {
      const { types } = options;
      const read = (page: object) => yubin.profiles.timeline(ref, { ...page, types });
      return out.list(pagesOf(read, options, out.note), timelineColumns, "Nothing yet.");
    }),
  );

  withFilterOptions(
    people
      .command("export")
      .description("everybody who is meant, as a file on standard output")
      .addOption(new Option("--format <format>").choices(["csv", "ndjson"])),
  ).action((options: PeopleFilter & { format?: ExportFormat }) =>
    run((cli) => exportPeople(cli, options)),
  );
};

const exportPeople = async (
  { yubin, io, out }: Cli,
  options: PeopleFilter & { readonly format?: ExportFormat },
): Promise<void> => {
  const format = options.format ?? (out.json ? "ndjson" : "csv");
  await writeExport(io, await yubin.profiles.export(format, filterFrom(options)));
};
