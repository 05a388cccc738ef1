import { setTimeout as pause } from "node:timers/promises";
import type { BackfillView } from "@yubin/types";
import type { Command } from "commander";

import type { Cli, Run } from "../cli.ts";
import { interrupted, interruptedCode, interruptible } from "../io.ts";
import { createProgress } from "../output/progress.ts";
import type { Column } from "../output/table.ts";
import { pagesOf, withListOptions, type ListOptions } from "../pages.ts";

interface StartOptions {
  readonly dryRun?: boolean;
  readonly watch?: boolean;
}

/** Bringing in who followed a channel before. */
export const addBackfillCommands = (program: Command, run: Run): void => {
  const backfill = program.command("backfill").description("bring in a channel's followers");

  backfill
    .command("start <channelId>")
    .description("start bringing them in; one at a time for a channel")
    .option("--dry-run", "only count them")
    .option("--watch", "stay until it ends")
    .action((channelId: string, { dryRun = false, watch = false }: StartOptions) =>
      run(async (cli) => {
        const { yubin, out } = cli;
        const started = await yubin.backfills.start(channelId, { dryRun });
        if (watch) return await watchBackfill(cli, started.id);
        await out.show(
          started,
          () => `${started.id} has started: yubin backfill watch ${started.id}`,
        );
        return 0;
      }),
    );

  backfill
    .command("watch <backfillId>")
    .description("how it gets on, until it ends")
    .action((backfillId: string) => run((cli) => watchBackfill(cli, backfillId)));

  backfill
    .command("cancel <backfillId>")
    .description("stop it; whom it has found stays")
    .action((backfillId: string) =>
      run(async ({ yubin, out }) => {
        const view = await yubin.backfills.cancel(backfillId);
        await out.show(view, () => endOf(view));
      }),
    );

  const list = program.command("backfills").description("backfills of a channel").command("list");
  withListOptions(list.argument("<channelId>").description("the oldest first")).action(
    (channelId: string, options: ListOptions) =>
      run(({ yubin, out }) => {
        const read = (page: object) => yubin.backfills.list(channelId, page);
        return out.list(pagesOf(read, options, out.note), columns, "None.");
      }),
  );
};

const lookEveryMs = 1_000;

const watchBackfill = ({ yubin, io, out }: Cli, id: string): Promise<number> =>
  interruptible(io, async (signal) => {
    const view = await untilEnded().catch(interrupted(signal));
    if (view) {
      await out.show(view, () => endOf(view));
      return view.state === "done" ? 0 : 1;
    }
    out.note(`${id} goes on without being watched: yubin backfill watch ${id}`);
    return interruptedCode;

    async function untilEnded(): Promise<BackfillView> {
      using progress = createProgress(io);
      for (;;) {
        const now = await yubin.backfills.get(id, { signal });
        if (now.state !== "running") return now;
        progress.tell(progressOf(now));
        await pause(lookEveryMs, undefined, { signal });
      }
    }
  });

const progressOf = ({ pages, reason, action, ...counts }: BackfillView): string => {
  const waits = reason === null ? "" : `; waiting: ${reason}. ${action ?? ""}`;
  return `${countsOf(counts)} in ${pages} pages${waits}`;
};

const countsOf = ({
  found,
  created,
  updated,
  unchanged,
}: Pick<BackfillView, "found" | "created" | "updated" | "unchanged">): string =>
  `${found} found: ${created} new, ${updated} updated, ${unchanged} known`;

const endOf = (view: BackfillView): string => {
  const what = view.dryRun ? "dry run (nobody was written)" : "backfill";
  const why = view.reason === null ? "" : `: ${view.reason}`;
  return [
    `${view.id}, ${what}, ${view.state}${why}`,
    countsOf(view),
    ...(view.action === null ? [] : [view.action]),
  ].join("\n");
};

const columns: readonly Column<BackfillView>[] = [
  { title: "ID", of: ({ id }) => id, whole: true },
  { title: "STATE", of: ({ state }) => state },
  { title: "DRY RUN", of: ({ dryRun }) => (dryRun ? "yes" : "") },
  { title: "REASON", of: ({ reason }) => reason },
  { title: "FOUND", of: ({ found }) => found },
  { title: "NEW", of: ({ created }) => created },
  { title: "UPDATED", of: ({ updated }) => updated },
  { title: "KNOWN", of: ({ unchanged }) => unchanged },
  { title: "STARTED", of: ({ startedAt }) => startedAt },
  { title: "ENDED", of: ({ endedAt }) => endedAt },
];
