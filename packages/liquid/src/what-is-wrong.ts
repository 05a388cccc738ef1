import { LiquidError } from "liquidjs";

/**
 * Why LiquidJS does not take a template, in words of ours: a template may say what is nobody else's to read, so of its
 * own words only the name of a filter or a tag is told, and only a short one.
 */
export const whatIsWrong = (error: unknown): string => {
  if (!LiquidError.is(error)) return unknown;
  const { message } = error.originalError ?? error;
  for (const [said, words] of sayings) {
    const found = said.exec(message);
    if (found) return words(found[1] ?? "");
  }
  return unknown;
};

const unknown = "the template does not parse";

/** What it says, and what that is in our words; what comes first goes first. */
const sayings: readonly (readonly [RegExp, (name: string) => string])[] = [
  [/^undefined filter: (\w{1,40})$/, (name) => `there is no filter '${name}'`],
  [/^undefined filter/, () => "there is no such filter"],
  [/^tag "(end\w{1,20})" not found$/, (name) => `'${name}' closes no tag that is open`],
  [/^tag "(else|elsif|when)" not found$/, (name) => `'${name}' stands in no tag that has one`],
  [/^tag "(\w{1,40})" not found$/, (name) => `there is no tag '${name}'`],
  [/^tag ".*" not found$/, () => "there is no such tag"],
  [/^duplicated else/, () => "a second 'else'"],
  [
    /^tag \{%-?\s*(\w{1,40})\b/,
    (name) => `the tag '${name}' is not closed: its 'end${name}' is missing`,
  ],
  [/^tag "/, () => "a tag is not closed: its %} is missing, or a quotation mark"],
  [/^output "/, () => "an output is not closed: its }} is missing, or a quotation mark"],
  [
    /^illegal tag: \{%-?\s*(\w{1,40})\b/,
    (name) => `the tag '${name}' is not of the form that it has`,
  ],
  [/^invalid value expression/, () => "a value is missing"],
  [/^(?:expected variable name|invalid capture name)/, () => "the name of a variable is missing"],
  [/^\[ not closed/, () => "a [ is not closed"],
];
