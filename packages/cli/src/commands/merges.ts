import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { isAccepted, type Done, type MergePair } from "@yubin/client";
import type { MergeView } from "@yubin/types";
import type { Command } from "commander";

import type { Cli, Run } from "../cli.ts";
import { pagesOf, withListOptions, type ListOptions } from "../pages.ts";
import { mergeColumns, mergeText } from "../views/merge-text.ts";

interface MergeOptions {
  readonly preview?: boolean;
  readonly yes?: boolean;
}

/** Two profiles that are one person. */
export const addMergeCommands = (program: Command, run: Run): void => {
  const merge = program
    .command("merge <from> <into>")
    .description("make two people one, after a look at what that does")
    .option("--preview", "only look")
    .option("--yes", "without asking")
    .action((from: string, into: string, options: MergeOptions) =>
      run((cli) => mergePeople(cli, { from, into }, options)),
    );

  merge
    .command("undo <mergeId>")
    .description("take a merge back: both are what they were")
    .action((mergeId: string) =>
      run(async (cli) => {
        const idempotencyKey = randomUUID();
        const ask = () => cli.yubin.merges.undo(mergeId, { idempotencyKey });
        await showMerge(cli, await settled(ask));
      }),
    );

  const list = program.command("merges").description("merges that were made").command("list");
  withListOptions(
    list.description("merges and previews").option("--profile <ref>", "of one person"),
  ).action((options: ListOptions & { profile?: string }) =>
    run(({ yubin, out }) => {
      const read = (page: object) => yubin.merges.list({ ...page, profile: options.profile });
      return out.list(pagesOf(read, options, out.note), mergeColumns, "None.");
    }),
  );
};

const mergePeople = async (
  cli: Cli,
  pair: MergePair,
  options: MergeOptions,
): Promise<number | void> => {
  const { yubin, out, ask } = cli;
  const isPreview = options.preview ?? false;
  if (isPreview || !(options.yes ?? false)) {
    const previewKey = randomUUID();
    const preview = await settled(() => yubin.merges.preview(pair, { idempotencyKey: previewKey }));
    if (isPreview || isAccepted(preview) || preview.state === "already_same")
      return await showMerge(cli, preview);
    out.note(mergeText(preview, out));
    if (!(await ask("Type yes to merge them:", "yes"))) return 1;
  }
  const idempotencyKey = randomUUID();
  await showMerge(cli, await settled(() => yubin.merges.merge(pair, { idempotencyKey })));
};

const showMerge = async ({ out }: Cli, answer: Done<MergeView>): Promise<void> => {
  if (isAccepted(answer)) await out.accepted(answer);
  else await out.show(answer, () => mergeText(answer, out));
};

const waitMaxMs = 60_000;
const pauseMs = 500;

/** Asks again under the same key, which does nothing twice, while the answer is only that it is stored. */
export const settled = async <Answer extends object>(
  ask: () => Promise<Done<Answer>>,
): Promise<Done<Answer>> => {
  for (const until = performance.now() + waitMaxMs; ; await pause(pauseMs)) {
    const answer = await ask();
    if (!isAccepted(answer) || performance.now() > until) return answer;
  }
};
