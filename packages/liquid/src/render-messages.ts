import { checkLineMessages, type LineMessage, type MissingRule } from "@yubin/types";

import { mapTemplates } from "./template-texts.ts";
import type { Words } from "./render-turn.ts";
import { createWordsRenderer } from "./render-words.ts";
import { traitsIn, type Traits } from "./traits-in.ts";

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
  | "missing_attribute"
  | "rendered_blank"
  | "rendered_invalid"
  | "rendered_too_long"
  | "template_failed"
  | "template_memory"
  | "template_timeout";

export type Rendered =
  | { readonly messages: readonly LineMessage[] }
  /** With `missing_attribute`, `variable` is the path of the first value that is missing, never a value. */
  | { readonly failed: RenderFailure; readonly variable?: string }
  /** There was no time; later there may be. */
  | { readonly later: true };

export interface RenderRequest {
  /** Whoever else renders at the same time gets as many turns. */
  readonly workspaceId: string;
  readonly messages: readonly LineMessage[];
  /** By default `blank`. */
  readonly missing?: MissingRule | undefined;
  /** One for each person. */
  readonly scopes: readonly TemplateScope[];
}

export interface Renderer {
  /**
   * Renders the templates in messages for each person, in the order of the scopes, and checks that LINE can take the
   * result. Never rejects, and takes at most `budgetMs` and one turn more. Without templates no other process is asked.
   */
  renderMessages(request: RenderRequest): Promise<readonly Rendered[]>;
  /** Ends what is under way, as `later`; whoever comes afterwards gets the same. */
  close(): void;
}

export interface RendererOptions {
  /** What can be rendered at the same time. */
  readonly processes?: number;
  readonly budgetMs?: number;
}

/** Processes of their own in which templates are rendered, so that none can hold up or take along the one that asks. */
export const createRenderer = ({
  processes = 2,
  budgetMs = 4_000,
}: RendererOptions = {}): Renderer => {
  const renderer = createWordsRenderer(processes, budgetMs);
  return {
    renderMessages: async ({ workspaceId, messages, missing = "blank", scopes }) => {
      const { texts, traits } = readContent(messages);
      if (texts.length === 0) return scopes.map(() => ({ messages }));
      const words = await renderer.render({
        tenant: workspaceId,
        texts,
        missing,
        scopes: traits === "any" ? scopes : scopes.map((scope) => onlyRead(scope, traits)),
      });
      return words.map((ofOne) => toRendered(messages, ofOne));
    },
    close: renderer.close,
  };
};

/** The texts that hold Liquid, in the order in which they are put back, and what they read. */
const readContent = (messages: readonly LineMessage[]) => {
  const texts: { template: string; escapesBraces: boolean }[] = [];
  const names = new Set<string>();
  let any = false;
  mapTemplates(messages, ({ template, escapesBraces }) => {
    const read = traitsIn(template);
    if (read === "any") any = true;
    else for (const name of read) names.add(name);
    texts.push({ template, escapesBraces });
    return "";
  });
  const traits: Traits = any ? "any" : names;
  return { texts, traits };
};

/** It is copied to another process, so it is worth leaving out what no template reads. */
const onlyRead = (scope: TemplateScope, traits: ReadonlySet<string>): TemplateScope => {
  const { profile } = scope;
  const read: Record<string, unknown> = {};
  for (const name of traits)
    if (Object.hasOwn(profile.traits, name)) read[name] = profile.traits[name];
  return { ...scope, profile: { ...profile, traits: read } };
};

const toRendered = (messages: readonly LineMessage[], words: Words | undefined): Rendered => {
  if (!words) return { later: true };
  if ("failed" in words) return words;
  let place = 0;
  const rendered = mapTemplates(messages, () => words[place++] ?? "");
  const problem = checkLineMessages(rendered);
  if (!problem) return { messages: rendered };
  if (problem.isTooLong) return { failed: "rendered_too_long" };
  const isBlank = problem.code === "line_limit" && words.some((text) => text.trim() === "");
  return { failed: isBlank ? "rendered_blank" : "rendered_invalid" };
};
