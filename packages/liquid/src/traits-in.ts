/** What a template may read of a person's traits: these, or any. */
export type Traits = ReadonlySet<string> | "any";

/**
 * By its words alone, as Liquid's own analysis takes seconds for a hostile template: where a profile is named in any way
 * but the plain one, anything may be read.
 */
export const traitsIn = (template: string): Traits => {
  // A variable whose name is made of values.
  if (/(?:^|[^\w\-?\u0080-\uffff\]"'])\[/.test(template)) return "any";
  const traits = new Set<string>();
  for (const { 1: part, 2: trait } of template.matchAll(profileWords)) {
    if (part === "externalId" || part === "displayName") continue;
    // These three have a meaning of their own.
    if (trait === undefined || /^(?:size|first|last)$/.test(trait)) return "any";
    traits.add(trait);
  }
  return traits;
};

const profileWords =
  /profile(?:\.(externalId|displayName)(?![\w\-?\u0080-\uffff])|\.traits\.([\w\-?\u0080-\uffff]+))?/g;
