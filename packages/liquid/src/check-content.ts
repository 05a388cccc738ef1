import { Failure } from "@yubin/errors";
import { checkLineMessages, type LineMessage } from "@yubin/types";

import { mapTemplates } from "./template-texts.ts";
import { checkTemplate } from "./check-template.ts";

/**
 * Refuses messages that LINE or the templates in them would refuse later; `field` is where they stand in the request.
 * What depends on a rendered value is checked once it is rendered.
 */
export const checkContent = (messages: readonly LineMessage[], field = "messages"): void => {
  const problem = checkLineMessages(messages, { field, templated: true });
  if (problem) throw new Failure(problem.code, problem.message, { field: problem.field });
  mapTemplates(
    messages,
    (text) => {
      checkTemplate(text.template, text.field);
      return "";
    },
    field,
  );
};

/** Whether people get words of their own. */
export const isPersonal = (messages: readonly LineMessage[]): boolean => {
  let personal = false;
  mapTemplates(messages, () => {
    personal = true;
    return "";
  });
  return personal;
};
