import type { ExportFormat, RecipientFilter } from "@yubin/client";
import { outcomes } from "@yubin/types";
import { Option, type Command } from "commander";

import type { Run } from "../cli.ts";
import { writeExport } from "../export-file.ts";
import { pagesOf, withListOptions, type ListOptions } from "../pages.ts";
import { recipientColumns } from "../views/campaign-text.ts";

/** The people behind a campaign's numbers. */
export const addRecipientCommands = (campaigns: Command, run: Run): void => {
  withListOptions(
    withFilter(campaigns.command("recipients <campaignId>").description("who, and what became")),
  ).action((id: string, { outcome, reason, variant, ...options }: ListOptions & RecipientFilter) =>
    run(({ yubin, out }) => {
      const filter = { outcome, reason, variant };
      const read = (page: object) => yubin.campaigns.recipients(id, filter, page);
      return out.list(pagesOf(read, options, out.note), recipientColumns, "Nobody.");
    }),
  );

  withFilter(
    campaigns
      .command("export <campaignId>")
      .description("all of them, as a file on standard output")
      .addOption(new Option("--format <format>").choices(["csv", "ndjson"])),
  ).action((id: string, options: RecipientFilter & { format?: ExportFormat }) =>
    run(async ({ yubin, io, out }) => {
      const { format = out.json ? "ndjson" : "csv", outcome, reason, variant } = options;
      const filter = { outcome, reason, variant };
      await writeExport(io, await yubin.campaigns.exportRecipients(id, format, filter));
    }),
  );
};

const withFilter = (command: Command): Command =>
  command
    .addOption(new Option("--outcome <outcome>").choices(["queued", "sending", ...outcomes]))
    .option("--reason <reason>", "such as not_following")
    .option("--variant <name>", "of a campaign that has any; or control, or unassigned");
