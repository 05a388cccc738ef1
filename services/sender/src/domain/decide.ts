import {
  decideSend,
  type SendCircumstances,
  type SendDecision,
  type SendFacts,
} from "@yubin/types";

/** A person as sending needs to know them: of merged profiles, what the survivor says. */
export interface Person extends SendFacts {
  /** The survivor's. */
  readonly profileId: string;
  /** The survivor and everybody merged into it; one id for most people. */
  readonly family: readonly string[];
  readonly externalId: string | null;
}

export type Decision = SendDecision;
export type Circumstances = SendCircumstances;

/** What sending decides is what a preview says it would, so both ask the same rule. */
export const decide: (
  person: Person | undefined,
  channel: { readonly id: string; readonly provider: string },
  circumstances: Circumstances,
  named?: string,
) => Decision = decideSend;
