import { Failure } from "@yubin/errors";
import { limits } from "@yubin/types";
import { LiquidError } from "liquidjs";

import { createEngine, isForbiddenTag } from "./engine.ts";
import { whatIsWrong } from "./what-is-wrong.ts";

/** What is nested thousands of levels deep takes seconds to parse, and the stack with it; very many pieces do, too. */
const tagsMax = 500;
const piecesMax = 2_000;

/** Fails with `template_…` where a text is no template that may be used; the message says where and why, not what. */
export const checkTemplate = (template: string, field: string): void => {
  if (template.length > limits.templateChars)
    throw new Failure(
      "template_too_large",
      `a template has at most ${limits.templateChars} characters, given ${template.length}`,
      { field },
    );
  if (template.split("{%").length > tagsMax)
    throw new Failure("template_syntax", `a template has at most ${tagsMax} tags`, { field });
  if (template.split(/\{\{|\n/).length > piecesMax)
    throw new Failure("template_syntax", `a template has at most ${piecesMax} outputs and lines`, {
      field,
    });
  try {
    engine.parse(template);
  } catch (error) {
    const where = placeOf(error);
    throw isForbiddenTag(error)
      ? new Failure("template_tag_forbidden", `${where}: tags that read other templates`, { field })
      : new Failure("template_syntax", `${where}: ${whatIsWrong(error)}`, {
          field,
          cause: error,
        });
  }
};

/** For parsing only; rendering happens elsewhere. */
const engine = createEngine({ escapesBraces: false, needsValues: false });

const placeOf = (error: unknown): string => {
  if (!LiquidError.is(error)) return "template";
  const [line, column] = error.token.getPosition();
  return `line ${line}, column ${column}`;
};
