import { Failure } from "@yubin/errors";
import { checkLineMessages, type LineMessage } from "@yubin/types";

/** Refuses messages that LINE would refuse later; `field` is where they stand in the request. */
export type CheckContent = (messages: readonly LineMessage[], field: string) => void;

export const checkContent: CheckContent = (messages, field) => {
  const problem = checkLineMessages(messages, { field, templated: true });
  if (problem) throw new Failure(problem.code, problem.message, { field: problem.field });
};

/** Whether each person gets words of their own. */
export const isPersonal = (messages: readonly LineMessage[]): boolean =>
  /\{\{|\{%/.test(JSON.stringify(messages));
