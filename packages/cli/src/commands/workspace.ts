import type { ChannelView, HealthCheck, QuotaView, UsageView, WorkspaceView } from "@yubin/types";
import { InvalidArgumentError, Option, type Command } from "commander";

import type { Run } from "../cli.ts";
import { Misuse } from "../misuse.ts";
import type { Column } from "../output/table.ts";
import { visibleText } from "../output/visible-text.ts";
import { pagesOf, withListOptions, type ListOptions } from "../pages.ts";
import { rulesFrom, type TypedRules } from "../rules-from.ts";
import { capText, quietText } from "../views/rule-text.ts";

/** The workspace itself: its rules, how many people, its channels. */
export const addWorkspaceCommands = (program: Command, run: Run): void => {
  program
    .command("usage")
    .description("how many people, and each month's peak")
    .action(() =>
      run(async ({ yubin, out }) => {
        const usage = await yubin.usage();
        await out.show(
          usage,
          () => `${usageText(usage)}\n\n${out.table(usage.months, monthColumns)}`,
        );
      }),
    );
  addRuleCommands(program, run);

  const channels = program.command("channels").description("the LINE channels of this workspace");
  withListOptions(channels.command("list").description("which there are")).action(
    (options: ListOptions) =>
      run(({ yubin, out }) =>
        out.list(pagesOf(yubin.channels.list, options, out.note), channelColumns, "None."),
      ),
  );
  addQuotaCommand(channels, run);
  channels
    .command("health <channelId>")
    .description("asks LINE whether all is well")
    .action((channelId: string) =>
      run(async ({ yubin, out }) => {
        const { data } = await yubin.channels.health(channelId);
        await out.show(data, () => out.table(data, healthColumns));
      }),
    );
};

const addRuleCommands = (program: Command, run: Run): void => {
  const workspace = program
    .command("workspace")
    .description("how people are brought together, and what sending goes by");
  workspace
    .command("show")
    .description("its rules")
    .action(() =>
      run(async ({ yubin, out }) => {
        const view = await yubin.workspace.get();
        await out.show(view, () => workspaceText(view));
      }),
    );
  workspace
    .command("set")
    .description("change its rules")
    .addOption(new Option("--conflict-policy <policy>").choices(["hold", "last_proof_wins"]))
    .option("--undo-window-days <days>", "how long a merge can be undone", number)
    .option("--merges-per-hour-max <count>", "merges by themselves into one person", number)
    .option("--quiet-hours <hours>", '"22:00-08:00 Asia/Tokyo [skip]", or none')
    .option("--cap <messages/days>", "3/7: at most 3 messages in 7 days; or none")
    .option("--consent-required <purposes...>", "what people must have agreed to, or none")
    .addOption(
      new Option("--quota <choice>", "where the month is short").choices(["stop", "hold", "trim"]),
    )
    .action((typed: TypedRules) =>
      run(async ({ yubin, out }) => {
        const rules = rulesFrom(typed);
        if (Object.keys(rules).length === 0) throw new Misuse("nothing to set: see --help");
        const view = await yubin.workspace.set(rules);
        await out.show(view, () => workspaceText(view));
      }),
    );
};

const addQuotaCommand = (channels: Command, run: Run): void => {
  channels
    .command("quota <channelId>")
    .description("what is left of LINE's month, and whether it will do")
    .action((channelId: string) =>
      run(async ({ yubin, out }) => {
        const quota = await yubin.channels.quota(channelId);
        await out.show(quota, () => quotaText(quota));
      }),
    );
};

const quotaText = ({
  limit,
  used,
  reserved,
  waiting,
  left,
  forecast,
  isShort,
  fetchedAt,
}: QuotaView): string =>
  [
    `limit     ${limit ?? "none"}`,
    `used      ${used}, as LINE counted at ${fetchedAt}`,
    `reserved  ${reserved}, for launched campaigns and messages that wait`,
    ...(waiting === 0
      ? []
      : [`waiting   ${waiting}, of campaigns that wait for room or to be resumed`]),
    `left      ${left ?? "no limit"}`,
    `forecast  ${forecast} by the end of the month${isShort ? ": over the limit" : ""}`,
  ].join("\n");

const number = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("a whole number.");
  return Number(text);
};

const usageText = ({ identified, anonymous, reachable, at }: UsageView): string =>
  [
    `identified ${identified}`,
    `anonymous  ${anonymous}`,
    `reachable  ${reachable}`,
    `at         ${at}`,
  ].join("\n");

const monthColumns: readonly Column<UsageView["months"][number]>[] = [
  { title: "MONTH", of: ({ month }) => month },
  { title: "IDENTIFIED PEAK", of: ({ identifiedPeak }) => identifiedPeak },
  { title: "TOTAL PEAK", of: ({ totalPeak }) => totalPeak },
  { title: "REACHABLE PEAK", of: ({ reachablePeak }) => reachablePeak },
];

const workspaceText = (view: WorkspaceView): string =>
  [
    `id                   ${view.id}`,
    `name                 ${visibleText(view.name)}`,
    `conflict policy      ${view.conflictPolicy}`,
    `undo window          ${view.undoWindowDays} days`,
    `merges per hour max  ${view.mergesPerHourMax}`,
    `quiet hours          ${quietText(view.quietHours)}`,
    `cap                  ${capText(view.cap)}`,
    `quota                ${view.quota}`,
    `consent required     ${view.consentRequired.map(visibleText).join(", ") || "for nothing"}`,
  ].join("\n");

const channelColumns: readonly Column<ChannelView>[] = [
  { title: "ID", of: ({ id }) => id, whole: true },
  { title: "NAME", of: ({ name }) => name },
  { title: "PROVIDER", of: ({ provider }) => provider },
  { title: "BASIC ID", of: ({ basicId }) => basicId },
  { title: "STATE", of: ({ state }) => state },
  { title: "REASON", of: ({ stateReason }) => stateReason },
];

const healthColumns: readonly Column<HealthCheck>[] = [
  { title: "CHECK", of: ({ check }) => check },
  { title: "STATUS", of: ({ status }) => status },
  { title: "MESSAGE", of: ({ message }) => message },
  { title: "TO DO", of: ({ action }) => action },
];
