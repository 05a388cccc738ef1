import { Command, CommanderError } from "commander";

import { createCli, type GlobalOptions, type Run } from "./cli.ts";
import { addBackfillCommands } from "./commands/backfills.ts";
import { addCampaignCommands } from "./commands/campaigns.ts";
import { addConflictCommands } from "./commands/conflicts.ts";
import { addImportCommands } from "./commands/imports.ts";
import { addLinkCommands } from "./commands/links.ts";
import { addMergeCommands } from "./commands/merges.ts";
import { addMessageCommands } from "./commands/messages.ts";
import { addPeopleCommands } from "./commands/people.ts";
import { addPersonCommands } from "./commands/person.ts";
import { addRecipientCommands } from "./commands/recipients.ts";
import { addTemplateCommands } from "./commands/templates.ts";
import { addUnknownCommands } from "./commands/unknowns.ts";
import { addWorkspaceCommands } from "./commands/workspace.ts";
import type { Io } from "./io.ts";
import { reportFailure } from "./report-failure.ts";

const misuseCode = 2;

export type { Io } from "./io.ts";

/** Runs one command and returns its exit code: 0 done, 1 refused or declined, 2 misuse, 130 interrupted. */
export const runCli = async (args: readonly string[], io: Io): Promise<number> => {
  let exitCode = 0;
  const program = createProgram(io);
  const run: Run = async (work) => {
    exitCode = (await work(createCli(io, program.opts<GlobalOptions>()))) ?? 0;
  };
  const people = program.command("people").description("who is known, and what is known of them");
  addPeopleCommands(people, run);
  addPersonCommands(people, run);
  addImportCommands({ program, people }, run);
  addMergeCommands(program, run);
  addConflictCommands(program, run);
  addLinkCommands(program, run);
  addBackfillCommands(program, run);
  const campaigns = program
    .command("campaigns")
    .description("what is sent, to whom, and its numbers");
  addCampaignCommands(campaigns, run);
  addRecipientCommands(campaigns, run);
  addTemplateCommands(program, run);
  addMessageCommands(program, run);
  addUnknownCommands(program, run);
  addWorkspaceCommands(program, run);

  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has said already what is wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : misuseCode;
    return reportFailure(io, error, program.opts<GlobalOptions>());
  }
};

const createProgram = (io: Io): Command =>
  new Command("yubin")
    .description(
      "Works with the people and the campaigns of a Yubin workspace. Its API key is in YUBIN_API_KEY.",
    )
    .option("--url <url>", "where Yubin answers, in place of YUBIN_URL")
    .option("--json", "for machines: one JSON document, or one a line for lists")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 80,
      getErrHelpWidth: () => io.stderr.columns ?? 80,
    })
    .exitOverride();
