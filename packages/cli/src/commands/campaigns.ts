import { setTimeout as pause } from "node:timers/promises";

import {
  campaignStates,
  importFormats,
  seriesIntervals,
  type CampaignPatch,
  type CampaignRequest,
  type CampaignState,
  type CampaignView,
  type HaltedCampaignView,
  type ImportFormat,
  type SeriesInterval,
} from "@yubin/types";
import { Option, type Command } from "commander";

import type { Cli, Run } from "../cli.ts";
import { readPeopleFile } from "../import-file.ts";
import { readJsonFile } from "../json-file.ts";
import { pagesOf, withListOptions, type ListOptions } from "../pages.ts";
import { traitsFrom } from "../pairs.ts";
import { audienceListText, estimateText } from "../views/audience-text.ts";
import {
  campaignColumns,
  campaignText,
  mayHaveIt,
  metricsText,
  seriesColumns,
  stateText,
  testText,
} from "../views/campaign-text.ts";
import { campaignPreviewText } from "../views/preview-text.ts";
import { watchCampaign } from "../watch-campaign.ts";

interface CampaignListOptions extends ListOptions {
  readonly state?: CampaignState;
  readonly channel?: string;
}

interface ActionOptions {
  readonly watch?: boolean;
  readonly yes?: boolean;
}

interface TestOptions {
  readonly data?: string[];
  readonly variant?: string;
}

/** Campaigns, from a draft to their numbers. */
export const addCampaignCommands = (campaigns: Command, run: Run): void => {
  withListOptions(campaigns.command("list").description("the newest first"))
    .addOption(new Option("--state <state>", "of one state").choices([...campaignStates]))
    .option("--channel <channelId>", "of one channel")
    .action(({ state, channel, ...options }: CampaignListOptions) =>
      run(({ yubin, out }) => {
        const read = (page: object) => yubin.campaigns.list({ ...page, state, channelId: channel });
        return out.list(pagesOf(read, options, out.note), campaignColumns, "None.");
      }),
    );
  campaigns
    .command("show <campaignId>")
    .description("what it sends, to whom, and its state")
    .action((id: string) =>
      run(async ({ yubin, out }) => {
        const campaign = await yubin.campaigns.get(id);
        await out.show(campaign, () => campaignText(campaign));
      }),
    );
  campaigns
    .command("create <file>")
    .description("draft one from a JSON file, the body of POST /v1/campaigns; sends nothing")
    .option("--key <name>", "one campaign under this name, however often it is asked for")
    .action((path: string, { key }: { key?: string }) =>
      run(async ({ yubin, out }) => {
        const request = (await readJsonFile(path)) as CampaignRequest;
        const named = key === undefined ? {} : { idempotencyKey: key };
        const campaign = await yubin.campaigns.create(request, named);
        await out.show(campaign, () => stateText(campaign));
      }),
    );
  campaigns
    .command("change <campaignId> <file>")
    .description("change it before it starts, by a JSON file, the body of PATCH /v1/campaigns/:id")
    .action((id: string, path: string) =>
      run(async ({ yubin, out }) => {
        const patch = (await readJsonFile(path)) as CampaignPatch;
        const campaign = await yubin.campaigns.change(id, patch);
        await out.show(campaign, () => campaignText(campaign));
      }),
    );
  addAudienceCommands(campaigns, run);
  addActions(campaigns, run);
  addTrials(campaigns, run);
  campaigns
    .command("watch <campaignId>")
    .description("how it gets on, until it is done or stands still")
    .action((id: string) => run((cli) => watchCampaign(cli, id)));
  campaigns
    .command("metrics <campaignId>")
    .description("what became of everybody, and why")
    .addOption(new Option("--interval <interval>", "and when, by so much").choices(seriesIntervals))
    .action((id: string, { interval }: { interval?: SeriesInterval }) =>
      run(async ({ yubin, out }) => {
        const metrics = await yubin.campaigns.metrics(id, { interval });
        const over = interval ? `\n\n${out.table(metrics.series, seriesColumns)}` : "";
        await out.show(metrics, () => metricsText(id, metrics, out) + over);
      }),
    );
};

/** A look at its words first. */
const addTrials = (campaigns: Command, run: Run): void => {
  campaigns
    .command("test <campaignId> <refs...>")
    .description("its content to up to ten people now, counted in no number of it")
    .option("--data <pairs...>", "what templates read as data: key=text or key:=json")
    .option("--variant <name>", "this one alone; without it each person gets all there are")
    .action((id: string, to: string[], { data = [], variant }: TestOptions) =>
      run(async ({ yubin, out }) => {
        const values = data.length === 0 ? {} : { data: traitsFrom(data, []) as never };
        const answer = await yubin.campaigns.test(id, { to, variant, ...values });
        await out.show(answer, () => answer.data.map(testText).join("\n"));
      }),
    );
  campaigns
    .command("preview <campaignId>")
    .description("what it would send one person, and whether; sends nothing")
    .option("--to <ref>", "to whom; of variants their own is shown")
    .option("--data <pairs...>", "what templates read as data: key=text or key:=json")
    .option("--variant <name>", "this one, whoever it is for")
    .action((id: string, { to, data = [], variant }: TestOptions & { to?: string }) =>
      run(async ({ yubin, out }) => {
        const values = data.length === 0 ? {} : { data: traitsFrom(data, []) as never };
        const preview = await yubin.campaigns.preview(id, { to, variant, ...values });
        await out.show(preview, () => campaignPreviewText(preview));
        return preview.problems.length === 0 ? 0 : 1;
      }),
    );
};

interface AudienceOptions {
  readonly format?: ImportFormat;
  readonly replace?: boolean;
}

const addAudienceCommands = (campaigns: Command, run: Run): void => {
  campaigns
    .command("audience <campaignId> <file>")
    .description("send the people of a list, CSV or NDJSON; run again, it goes on where it stopped")
    .addOption(new Option("--format <format>", "or by the name of the file").choices(importFormats))
    .option("--replace", "in place of a list that is there")
    .action((id: string, path: string, { format, replace = false }: AudienceOptions) =>
      run(async ({ yubin, out }) => {
        const file = await readPeopleFile(path, format);
        const source = { format: file.format, open: () => file.open(() => undefined) };
        const key = `audience-${file.digest}`;
        const list = await yubin.campaigns.sendAudience(id, source, {
          idempotencyKey: key,
          replace,
        });
        await out.show(list, () => audienceListText(list));
      }),
    );
  campaigns
    .command("estimate <campaignId>")
    .description("whom it would reach if it were launched now, and what the month has left for it")
    .action((id: string) =>
      run(async ({ yubin, out }) => {
        let estimate = await yubin.campaigns.estimate(id);
        while (estimate.state === "counting") {
          const { looked, of } = estimate.progress;
          out.note(`looked at ${looked}${of === null ? "" : ` of ${of}`}`);
          await pause(lookEveryMs);
          estimate = await yubin.campaigns.estimated(id);
        }
        await out.show(estimate, () => estimateText(estimate, out));
        return estimate.state === "done" ? 0 : 1;
      }),
    );
};

const lookEveryMs = 1_000;

const addActions = (campaigns: Command, run: Run): void => {
  campaigns
    .command("launch <campaignId>")
    .description("send it, after a look at what it is; twice is once")
    .option("--yes", "without asking")
    .option("--watch", "stay until it is done")
    .action((id: string, options: ActionOptions) =>
      run((cli) => act(cli, id, "launch", { ...options, asks: true })),
    );
  campaigns
    .command("pause <campaignId>")
    .description("nothing more goes out until it is resumed")
    .action((id: string) => run((cli) => act(cli, id, "pause", {})));
  campaigns
    .command("resume <campaignId>")
    .description("send what is left")
    .option("--watch", "stay until it is done")
    .action((id: string, options: ActionOptions) => run((cli) => act(cli, id, "resume", options)));
  campaigns
    .command("cancel <campaignId>")
    .description("end it for ever: whoever waits gets nothing")
    .option("--yes", "without asking")
    .action((id: string, options: ActionOptions) =>
      run((cli) => act(cli, id, "cancel", { ...options, asks: true })),
    );
};

const act = async (
  cli: Cli,
  id: string,
  action: "launch" | "pause" | "resume" | "cancel",
  { asks = false, yes = false, watch = false }: ActionOptions & { readonly asks?: boolean },
): Promise<number> => {
  const { yubin, out, ask } = cli;
  if (asks && !yes) {
    out.note(campaignText(await yubin.campaigns.get(id)));
    if (!(await ask(`Type ${action} to ${action} it:`, action))) return 1;
  }
  const campaign: CampaignView & Partial<HaltedCampaignView> = await yubin.campaigns[action](id);
  if (watch) return await watchCampaign(cli, id);
  await out.show(campaign, () => stateText(campaign));
  if (campaign.sending) out.note(mayHaveIt(campaign.sending));
  return 0;
};
