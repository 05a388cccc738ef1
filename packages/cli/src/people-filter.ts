import type { PeopleFilter } from "@yubin/client";
import { InvalidArgumentError, type Command } from "commander";

import { pairFrom } from "./pairs.ts";

interface FilterOptions extends Omit<PeopleFilter, "attributes"> {
  readonly attribute?: Readonly<Record<string, string>>;
}

/** Options that say which people are meant. */
export const withFilterOptions = (command: Command): Command =>
  command
    .option("--external-id <id>", "known by this id")
    .option("--email <address>", "with this address")
    .option("--line-id <userId>", "with this LINE user ID")
    .option("--provider <label>", "of --line-id")
    .option("--name <part>", "whose name has this in it")
    .option("--friendship <channel:state>", "following or blocked, such as chan_…:following")
    .option("--attribute <key=value>", "whose attribute is this (repeatable)", attributeFrom)
    .option("--identified", "with an external id")
    .option("--no-identified", "without an external id")
    .option("--suppressed", 'with a standing "do not send"')
    .option("--no-suppressed", "without one");

export const filterFrom = (options: FilterOptions): PeopleFilter => {
  const { externalId, email, lineId, provider, name, friendship, identified, suppressed } = options;
  return {
    externalId,
    email,
    lineId,
    provider,
    name,
    friendship,
    identified,
    suppressed,
    attributes: options.attribute,
  };
};

const attributeFrom = (
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> => {
  const [key, value] = pairFrom(text) ?? [];
  if (key === undefined || value === undefined) throw new InvalidArgumentError("key=value.");
  return { ...before, [key]: value };
};
