import { namedLineUserId } from "@yubin/types";

import type { Batch } from "./batch.ts";
import { decide, type Circumstances, type Decision } from "./decide.ts";
import type { FoundPerson } from "./find-people.ts";
import type { Channel } from "./ports.ts";

/** A recipient, who that is now, and whether they are sent something. */
export interface Decided extends FoundPerson {
  readonly decision: Decision;
}

/** Decides about each person by themselves, as they are now. */
export const decideAll = (
  { recipients }: Pick<Batch, "recipients">,
  people: readonly FoundPerson[],
  channel: Channel,
  circumstances: Circumstances,
): Decided[] =>
  people.map(({ index, person }) => ({
    index,
    person,
    decision: decide(
      person,
      channel,
      circumstances,
      namedLineUserId(recipients[index]?.ref, channel.provider),
    ),
  }));
