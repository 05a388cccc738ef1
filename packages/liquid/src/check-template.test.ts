import { Failure } from "@yubin/errors";
import { expect, it } from "vitest";

import { checkTemplate } from "./check-template.ts";

const problemOf = (template: string): string => {
  try {
    checkTemplate(template, "messages[0].text");
  } catch (error) {
    if (error instanceof Failure) return error.message;
  }
  return "nothing";
};

it.each([
  ["Hi {{ x | capitalise }}", "line 1, column 4: there is no filter 'capitalise'"],
  ["{% echo 'a' | foo %}", "line 1, column 1: there is no filter 'foo'"],
  ["a\n{% notag %}", "line 2, column 1: there is no tag 'notag'"],
  ["{% if a %}", "line 1, column 1: the tag 'if' is not closed: its 'endif' is missing"],
  ["{% if a %}{% endfor %}", "line 1, column 11: 'endfor' closes no tag that is open"],
  ["{% else %}", "line 1, column 1: 'else' stands in no tag that has one"],
  ["{% if a %}{% else %}{% else %}{% endif %}", /: a second 'else'$/],
  ["{% if a", /: a tag is not closed: its %} is missing, or a quotation mark$/],
  ["{{ a", /: an output is not closed: its }} is missing, or a quotation mark$/],
  ["{{ 'a }}", /: an output is not closed: its }} is missing, or a quotation mark$/],
  ["{{ | upcase }}", /: a value is missing$/],
  ["{{}}", /: a value is missing$/],
  ["{% for a on b %}{% endfor %}", /: the tag 'for' is not of the form that it has$/],
  ["{% assign %}", /: the name of a variable is missing$/],
  ["{{ a[ }}", /: a \[ is not closed$/],
  ["{% case %}{% endcase %}", /: a value is missing$/],
])("says what is wrong with %s", (template, problem) => {
  expect(problemOf(template)).toMatch(problem);
});

it.each([
  [`{{ secret | ${"y".repeat(200)} }}`, /: there is no such filter$/],
  [`{% ${"y".repeat(200)} secret %}`, /: there is no such tag$/],
  ["{% if secret == 'secret' %}", /: the tag 'if' is not closed/],
  ["{{ secret | append: 'secret' secret }}", /: the template does not parse$/],
])("repeats nothing of %s but a short name", (template, problem) => {
  expect(problemOf(template)).toMatch(problem);
  expect(problemOf(template)).not.toContain("secret");
});
