/**
 * A template with braces in the place of its tags, outputs and comments, of the same length: what is left is printed as
 * it is. Where something is not closed, all that comes after it is gone.
 */
export const withoutLiquid = (template: string): string => {
  const parts: string[] = [];
  let done = 0;
  starts.lastIndex = 0;
  for (let start = starts.exec(template); start; start = starts.exec(template)) {
    const end = endOf(template, start.index);
    parts.push(template.slice(done, start.index), "{".repeat(end - start.index));
    done = end;
    starts.lastIndex = end;
  }
  return parts.join("") + template.slice(done);
};

const starts = /\{[{%]/g;
const comment = /^\{%-?\s*comment\b/;
const endOfComment = /\{%-?\s*endcomment\b[^%]*%\}/g;

const endOf = (template: string, at: number): number => {
  if (template[at + 1] === "{") return endOfOutput(template, at);
  // As LiquidJS reads them, quotes hide no end of a tag.
  const end = endAfter(template, "%}", at + 2);
  if (!comment.test(template.slice(at, end))) return end;
  endOfComment.lastIndex = end;
  return endOfComment.exec(template) ? endOfComment.lastIndex : template.length;
};

/** As LiquidJS reads them, what stands in quotes is no end of an output. */
const endOfOutput = (template: string, at: number): number => {
  let place = at + 2;
  for (; place < template.length; place += 1) {
    const char = template[place] ?? "";
    if (char === "}" && template[place + 1] === "}") return place + 2;
    if (char === '"' || char === "'") place = endOfQuoted(template, place);
  }
  return template.length;
};

const endOfQuoted = (template: string, at: number): number => {
  let place = at + 1;
  for (; place < template.length && template[place] !== template[at]; place += 1)
    if (template[place] === "\\") place += 1;
  return place;
};

const endAfter = (template: string, ending: string, from: number): number => {
  const found = template.indexOf(ending, from);
  return found === -1 ? template.length : found + ending.length;
};
