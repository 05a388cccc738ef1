export const lineIdTrait = "line_id";

/**
 * The traits with the canonical LINE ID among them as `line_id`, where templates that come from Customer.io look for it.
 * It is never stored as a trait, and a trait of that name never passes for it: it is what is written to.
 */
export const withLineId = (
  traits: Readonly<Record<string, unknown>>,
  lineUserId: string | undefined,
): Readonly<Record<string, unknown>> =>
  lineUserId === undefined ? withoutIt(traits) : { ...traits, [lineIdTrait]: lineUserId };

const withoutIt = (traits: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.hasOwn(traits, lineIdTrait)
    ? Object.fromEntries(Object.entries(traits).filter(([key]) => key !== lineIdTrait))
    : traits;
