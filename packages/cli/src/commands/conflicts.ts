import { randomUUID } from "node:crypto";
import { isAccepted } from "@yubin/client";
import type { ResolveRequest } from "@yubin/types";
import { Option, type Command } from "commander";

import type { Run } from "../cli.ts";
import { Misuse } from "../misuse.ts";
import { pagesOf, withListOptions, type ListOptions } from "../pages.ts";
import { conflictColumns, conflictText } from "../views/merge-text.ts";
import { settled } from "./merges.ts";

interface ResolveOptions {
  readonly to?: string;
  readonly merge?: boolean;
  readonly keepApart?: boolean;
}

type State = "open" | "resolved" | "all";

/** What is never guessed and waits for people. */
export const addConflictCommands = (program: Command, run: Run): void => {
  const conflicts = program.command("conflicts").description("what is never guessed");

  const list = conflicts.command("list").description("what waits to be decided");
  const state = new Option("--state <state>").choices(["open", "resolved", "all"]).default("open");
  withListOptions(list.addOption(state)).action((options: ListOptions & { state: State }) =>
    run(({ yubin, out }) => {
      const read = (page: object) => yubin.conflicts.list({ ...page, state: options.state });
      return out.list(pagesOf(read, options, out.note), conflictColumns, "None.");
    }),
  );

  conflicts
    .command("show <conflictId>")
    .description("who claims what, and what can be done")
    .action((conflictId: string) =>
      run(async ({ yubin, out }) => {
        const conflict = await yubin.conflicts.get(conflictId);
        await out.show(conflict, () => conflictText(conflict, out));
      }),
    );

  conflicts
    .command("resolve <conflictId>")
    .description("decide it, with one of the options")
    .option("--to <ref>", "whose the LINE ID is: the holder, or one who claims it")
    .option("--merge", "two profiles are one person")
    .option("--keep-apart", "they are two")
    .action((conflictId: string, options: ResolveOptions) =>
      run(async ({ yubin, out }) => {
        const decision = decisionFrom(options);
        const idempotencyKey = randomUUID();
        const answer = await settled(() =>
          yubin.conflicts.resolve(conflictId, decision, { idempotencyKey }),
        );
        if (isAccepted(answer)) await out.accepted(answer);
        else await out.show(answer, () => conflictText(answer, out));
      }),
    );
};

const decisionFrom = ({ to, merge = false, keepApart = false }: ResolveOptions): ResolveRequest => {
  const given: ResolveRequest[] = [
    ...(to === undefined ? [] : [{ to }]),
    ...(merge ? [{ decision: "merge" as const }] : []),
    ...(keepApart ? [{ decision: "keep_apart" as const }] : []),
  ];
  const [decision] = given;
  if (decision === undefined || given.length > 1)
    throw new Misuse("one of --to <ref>, --merge and --keep-apart");
  return decision;
};
