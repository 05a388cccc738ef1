import { isAccepted, type Done } from "@yubin/client";
import type { ProfileView } from "@yubin/types";
import { Argument, type Command } from "commander";

import type { Cli, Run } from "../cli.ts";
import { traitsFrom } from "../pairs.ts";
import { nameOf, profileText } from "../views/profile-text.ts";

const refHelp = "prof_…, user:<id>, email:<address> or line:<provider>:U…";

/** Changing one person. */
export const addPersonCommands = (people: Command, run: Run): void => {
  people
    .command("set")
    .description("set traits: key=text, key:=json")
    .argument("<ref>", refHelp)
    .argument("[pairs...]", "key=text or key:=json")
    .option("--unset <key...>", "take these away")
    .action((ref: string, pairs: string[], { unset = [] }: { unset?: string[] }) =>
      run(async (cli) => {
        const traits = traitsFrom(pairs, unset);
        await showPerson(cli, await cli.yubin.profiles.set(ref, traits));
      }),
    );

  people
    .command("consent")
    .description("record a yes or no for one purpose")
    .argument("<ref>", refHelp)
    .argument("<purpose>", "such as newsletter")
    .addArgument(new Argument("<answer>").choices(["yes", "no"]))
    .requiredOption("--source <text>", "through what they said it, such as a form")
    .action((ref: string, purpose: string, answer: string, { source }: { source: string }) =>
      run(async (cli) => {
        const consent = { granted: answer === "yes", source };
        await showPerson(cli, await cli.yubin.profiles.consent(ref, purpose, consent));
      }),
    );

  people
    .command("suppress <ref>")
    .description('a standing "do not send" to this person')
    .option("--reason <text>", "why", "by hand")
    .action((ref: string, { reason }: { reason: string }) =>
      run(async (cli) => showPerson(cli, await cli.yubin.profiles.suppress(ref, reason))),
    );

  people
    .command("unsuppress <ref>")
    .description('lift the standing "do not send"')
    .action((ref: string) =>
      run(async (cli) => showPerson(cli, await cli.yubin.profiles.unsuppress(ref))),
    );

  people
    .command("erase <ref>")
    .description("forget a person for ever; counts stay")
    .option("--yes", "without asking")
    .action((ref: string, options: { yes?: boolean }) =>
      run((cli) => erase(cli, ref, options.yes ?? false)),
    );
};

const showPerson = async ({ out }: Cli, answer: Done<ProfileView>): Promise<void> => {
  if (isAccepted(answer)) await out.accepted(answer);
  else await out.show(answer, () => profileText(answer, out));
};

const erase = async (
  { yubin, out, ask }: Cli,
  ref: string,
  isSure: boolean,
): Promise<number | void> => {
  if (!isSure) {
    const profile = await yubin.profiles.get(ref);
    const who = [profile.id, profile.externalId, nameOf(profile)].filter(Boolean).join(", ");
    out.note(`This forgets ${who} for ever.`);
    if (!(await ask(`Type ${ref} to go on:`, ref))) return 1;
  }
  const answer = await yubin.profiles.erase(ref);
  await out.show(answer, () => `Being forgotten; nothing is left within a minute (${answer.id}).`);
};
