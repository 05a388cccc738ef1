import type { ExportFormat, UnknownFilter } from "@yubin/client";
import type { UnknownView } from "@yubin/types";
import { Option, type Command } from "commander";

import type { Run } from "../cli.ts";
import { writeExport } from "../export-file.ts";
import type { Column } from "../output/table.ts";
import { pagesOf, withListOptions, type ListOptions } from "../pages.ts";

interface UnknownOptions extends ListOptions {
  readonly channel?: string;
  readonly campaign?: string;
  readonly reason?: string;
  readonly format?: ExportFormat;
}

/** Of whom nobody can say whether LINE has their message: a person decides what to do. */
export const addUnknownCommands = (program: Command, run: Run): void => {
  withListOptions(
    program
      .command("unknowns")
      .description("whose message LINE may or may not have, the newest first, and what to do"),
  )
    .option("--channel <channelId>", "of one channel")
    .option("--campaign <campaignId>", "of one campaign")
    .option("--reason <reason>", "such as retry_key_expired")
    .addOption(
      new Option("--format <format>", "all of them, as a file on standard output").choices([
        "csv",
        "ndjson",
      ]),
    )
    .action(({ channel, campaign, reason, format, ...options }: UnknownOptions) =>
      run(async ({ yubin, io, out }) => {
        const filter: UnknownFilter = { channelId: channel, campaignId: campaign, reason };
        if (format) return writeExport(io, await yubin.unknowns.export(format, filter));
        const read = (page: object) => yubin.unknowns.list(filter, page);
        return out.list(pagesOf(read, options, out.note), unknownColumns, "Nobody.");
      }),
    );
};

const unknownColumns: readonly Column<UnknownView>[] = [
  { title: "PARKED", of: ({ parkedAt }) => parkedAt },
  { title: "PROFILE", of: ({ profileId, erased }) => (erased ? "erased" : profileId), whole: true },
  { title: "EXTERNAL ID", of: ({ externalId }) => externalId },
  { title: "REFERENCE", of: ({ ref }) => ref },
  {
    title: "OF",
    of: ({ campaignName, campaignId, messageId }) => campaignName ?? messageId ?? campaignId,
  },
  { title: "REASON", of: ({ reason }) => reason },
  { title: "FIRST TRIED", of: ({ firstAttemptAt }) => firstAttemptAt },
  { title: "WHAT TO DO", of: ({ advice }) => advice },
];
