import { namedLineUserId } from "@yubin/types";

import type { Batch } from "./batch.ts";
import { decide, type Circumstances, type Decision, type Person } from "./decide.ts";
import type { Channel } from "./ports.ts";

/** A recipient, who that is now, and whether they are sent something. */
export interface Decided {
  readonly index: number;
  readonly person: Person | undefined;
  readonly decision: Decision;
}

/** Decides about each person by themselves, as they are now. */
export const decideAll = (
  { recipients }: Pick<Batch, "recipients">,
  people: readonly { readonly index: number; readonly person: Person | undefined }[],
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
