import { Failure } from "@yubin/errors";
import { checkLineMessages, type LineMessage } from "@yubin/types";

import { mapTemplates, type TemplateText } from "./template-texts.ts";
import { parseTemplate } from "./templates.ts";

/** What templates may say about a person, a campaign and a channel. */
export interface TemplateScope {
  readonly profile: {
    readonly externalId: string | null;
    /** As LINE knows the person on that provider. */
    readonly displayName: string | null;
    readonly traits: Readonly<Record<string, unknown>>;
  };
  readonly data: Readonly<Record<string, unknown>>;
  readonly campaign: { readonly name: string | null };
  readonly channel: { readonly name: string };
}

/** Reasons under which a recipient is skipped. */
export type RenderFailure =
  | "rendered_blank"
  | "rendered_invalid"
  | "rendered_too_long"
  | "template_failed"
  | "template_memory"
  | "template_timeout";

export type Rendered =
  | { readonly messages: readonly LineMessage[] }
  | { readonly failed: RenderFailure };

/** Renders the templates in messages for one person, and checks that LINE can take the result. Never throws. */
export const renderMessages = (
  messages: readonly LineMessage[],
  scope: TemplateScope,
): Rendered => {
  let blank = false;
  let templates = 0;
  try {
    const rendered = mapTemplates(messages, (text) => {
      templates += 1;
      const words = renderPatiently(text, scope);
      if (words.length > textCharsMax) throw new TooLongError();
      blank ||= words.trim() === "";
      return words;
    });
    if (templates === 0) return { messages };
    const problem = checkLineMessages(rendered);
    if (!problem) return { messages: rendered };
    if (problem.code !== "line_limit") return { failed: "rendered_invalid" };
    return { failed: blank ? "rendered_blank" : "rendered_too_long" };
  } catch (error) {
    return { failed: failureOf(error) };
  }
};

/** Time is measured on a clock, and a busy machine may have stood still: a second try tells the two apart. */
const renderPatiently = (text: TemplateText, scope: TemplateScope): string => {
  const parsed = parseTemplate(text.template, text);
  try {
    return parsed.render(scope);
  } catch (error) {
    if (failureOf(error) !== "template_timeout") throw error;
    return parsed.render(scope);
  }
};

/** No text of a message is longer; a longer one need not even be looked at. */
const textCharsMax = 65_536;

class TooLongError extends Error {
  override readonly name = "TooLongError";
}

const failureOf = (error: unknown): RenderFailure => {
  if (error instanceof TooLongError) return "rendered_too_long";
  if (error instanceof Failure || !(error instanceof Error)) return "template_failed";
  if (error.message.includes("memory alloc limit exceeded")) return "template_memory";
  return error.message.includes("template render limit exceeded")
    ? "template_timeout"
    : "template_failed";
};
