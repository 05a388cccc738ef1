import type { z } from "zod";

import type { TurnRule } from "./turns.ts";

/** A job as producer and consumer agree on it, defined once. */
export interface JobContract<Schema extends z.ZodType = z.ZodType> {
  /** Wire name, never renamed: a new name is a new job. */
  readonly name: string;
  readonly queue: string;
  readonly schema: Schema;
  readonly attempts: number;
  readonly backoffMs: number;
  /** Whose jobs pile up on the queue stand behind those of others. */
  readonly turns?: TurnRule & { of(payload: z.output<Schema>): string };
  /** Equal keys are equal work; an optimisation, as the truth about what was done is in MongoDB. */
  readonly key?: (payload: z.output<Schema>) => string;
}

export type PayloadOf<Contract extends JobContract> = z.output<Contract["schema"]>;

export const defineJob = <Schema extends z.ZodType>(
  contract: JobContract<Schema>,
): JobContract<Schema> => Object.freeze(contract);
