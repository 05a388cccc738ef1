/**
 * The traits with the canonical LINE ID among them as `line_id`, where templates that come from Customer.io look for it.
 * It is never stored as a trait, and wins over one of that name: it is what is written to.
 */
export const withLineId = (
  traits: Readonly<Record<string, unknown>>,
  lineUserId: string | undefined,
): Readonly<Record<string, unknown>> =>
  lineUserId === undefined ? traits : { ...traits, line_id: lineUserId };
