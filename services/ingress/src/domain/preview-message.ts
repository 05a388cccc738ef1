import { Failure } from "@yubin/errors";
import type { Renderer, TemplateScope } from "@yubin/liquid";
import {
  addressOf,
  decideSend,
  namedLineUserId,
  parseProfileRef,
  rulesFor,
  sendRulesOf,
  withLineId,
  workspaceRulesOf,
  type LineMessage,
  type PreviewProblem,
  type PreviewRequest,
  type PreviewView,
  type ProfileRef,
  type SendCircumstances,
  type SendFacts,
} from "@yubin/types";

import type { CallPace } from "./call-pace.ts";
import { channelToken, type ChannelTokenDeps } from "./channel-token.ts";
import type { Channel } from "./channel.ts";
import type { LineAccount } from "./line-account.ts";
import type { Workspaces } from "./workspace.ts";

/** A person as sending knows them. */
export interface Addressee extends SendFacts {
  readonly profileId: string;
  readonly externalId: string | null;
}

export interface PreviewDeps extends ChannelTokenDeps {
  readonly line: Pick<LineAccount, "issueStatelessToken" | "validate">;
  readonly addressees: {
    find(workspaceId: string, ref: ProfileRef): Promise<Addressee | undefined>;
  };
  readonly workspaces: Pick<Workspaces, "find">;
  readonly now: () => Date;
  readonly checkContent: (messages: readonly LineMessage[], field: string) => void;
  readonly renderer: Pick<Renderer, "renderMessages">;
  readonly missingVariables: (
    messages: readonly LineMessage[],
    scope: TemplateScope,
  ) => readonly string[];
  /** How often LINE may be asked for a channel; whoever looks at every keystroke is not to wear it out. */
  readonly lineCheckPace: CallPace;
}

/**
 * What one person would get and whether they would, without sending anything. What they had before is not counted, so a
 * frequency cap may leave out at sending whom a preview does not.
 */
export const previewMessage = async (
  deps: PreviewDeps,
  channel: Channel,
  request: PreviewAsked & { readonly messages: readonly LineMessage[] },
): Promise<PreviewView> => {
  const { wouldSend, scope } = await lookAt(deps, channel, request);
  const unfit = problemIn(deps, request.messages);
  if (unfit)
    return { messages: null, wouldSend, problems: [unfit], missing: [], lineCheck: notAsked() };

  const { workspaceId } = channel;
  const { messages, problems } = await renderEach(deps, { ...request, workspaceId, scope });
  const missing = deps.missingVariables(request.messages, scope);
  const [problem] = problems;
  if (problem) {
    const decided = leftOutFor(wouldSend, problem);
    return { messages: null, wouldSend: decided, problems, missing, lineCheck: notAsked() };
  }
  const line = await askLine(deps, channel, messages);
  return { messages, wouldSend, problems: line.problems, missing, lineCheck: line.lineCheck };
};

/** What is asked about a message on its own, or about one of a campaign. */
export type PreviewAsked = PreviewRequest & { readonly campaign?: { readonly name: string } };

/** Whom a preview is for; undefined where nobody is named, or nobody is behind the name. */
export const findAddressee = async (
  { addressees }: Pick<PreviewDeps, "addressees">,
  { workspaceId }: Channel,
  to: PreviewRequest["to"],
): Promise<Addressee | undefined> => {
  const ref = refOf(to);
  const parsed = ref === undefined ? undefined : parseProfileRef(ref);
  return parsed && (await addressees.find(workspaceId, parsed));
};

const refOf = (to: PreviewRequest["to"]): string | undefined =>
  typeof to === "object" ? `line:${to.provider}:${to.lineUserId}` : to;

/** Who is meant, what sending would decide, and what their templates would read. */
export const lookAt = async (deps: PreviewDeps, channel: Channel, request: PreviewAsked) => {
  const { to, data = {} } = request;
  const ref = refOf(to);
  const found = await findAddressee(deps, channel, to);
  const named = namedLineUserId(ref, channel.provider);
  // Of somebody who was erased nothing is shown.
  const addressee = found?.erased ? undefined : found;
  const address = addressee && addressOf(addressee.accounts, channel, named);
  const scope: TemplateScope = {
    profile: {
      externalId: addressee?.externalId ?? null,
      displayName: address?.displayName ?? null,
      traits: withLineId(addressee?.traits ?? {}, address?.lineUserId),
    },
    data,
    campaign: { name: request.campaign?.name ?? null },
    channel: { name: channel.name },
  };
  const lineUserId = address?.lineUserId ?? null;
  const circumstances = await circumstancesOf(deps, channel, request);
  const wouldSend =
    ref === undefined
      ? null
      : { ...decisionOn(found, { channel, named, circumstances }), lineUserId };
  return { wouldSend, scope };
};

/** As for a message on its own, or a campaign, at this moment. */
const circumstancesOf = async (
  { workspaces, now }: PreviewDeps,
  { workspaceId }: Channel,
  request: PreviewAsked,
): Promise<SendCircumstances> => {
  const workspace = await workspaces.find(workspaceId);
  const asked = { purpose: request.purpose ?? null, ...sendRulesOf(request) };
  const isCampaign = request.campaign !== undefined;
  const rules = rulesFor(asked, workspaceRulesOf(workspace ?? {}), { isCampaign });
  return { rules, now: now() };
};

const decisionOn = (
  found: Addressee | undefined,
  {
    channel,
    named,
    circumstances,
  }: {
    readonly channel: Channel;
    readonly named: string | undefined;
    readonly circumstances: SendCircumstances;
  },
): Omit<NonNullable<PreviewView["wouldSend"]>, "lineUserId"> => {
  const decided = decideSend(found, channel, circumstances, named);
  if (decided.kind === "skip") return { decision: "skip", reason: decided.reason, until: null };
  if (decided.kind === "hold") {
    const { until } = decided;
    return until
      ? { decision: "hold", reason: "quiet_hours", until: until.toISOString() }
      : { decision: "hold", reason: "merge_unfinished", until: null };
  }
  // The message would be taken, and wait until the channel has new credentials.
  return channel.state === "stopped"
    ? { decision: "hold", reason: channel.stateReason ?? "channel_stopped", until: null }
    : { decision: "send", reason: null, until: null };
};

const problemIn = (
  { checkContent }: PreviewDeps,
  messages: readonly LineMessage[],
): PreviewProblem | undefined => {
  try {
    checkContent(messages, "messages");
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { code, field, message } = error;
    return { code, field: field ?? null, message };
  }
};

/** One by one, so that it is known which of them cannot be rendered. */
const renderEach = async (
  { renderer }: PreviewDeps,
  request: Pick<PreviewRequest, "missing"> & {
    readonly workspaceId: string;
    readonly messages: readonly LineMessage[];
    readonly scope: TemplateScope;
  },
): Promise<{ messages: LineMessage[]; problems: PreviewProblem[] }> => {
  const { workspaceId, missing, scope } = request;
  const rendered: LineMessage[] = [];
  const problems: PreviewProblem[] = [];
  for (const [index, message] of request.messages.entries()) {
    const [result] = await renderer.renderMessages({
      workspaceId,
      messages: [message],
      missing,
      scopes: [scope],
    });
    if (result && "messages" in result) rendered.push(...result.messages);
    else problems.push({ ...whyNot(result), field: `messages[${index}]` });
  }
  return { messages: rendered, problems };
};

/** Whom sending has nothing against is skipped all the same where there are no words for them. */
const leftOutFor = (
  wouldSend: PreviewView["wouldSend"],
  { code }: PreviewProblem,
): PreviewView["wouldSend"] =>
  wouldSend?.decision === "send" && code !== busy
    ? { ...wouldSend, decision: "skip", reason: code }
    : wouldSend;

const busy = "render_busy";

const whyNot = (
  result:
    | { readonly failed: string; readonly variable?: string }
    | { readonly later: true }
    | undefined,
): Pick<PreviewProblem, "code" | "message"> => {
  if (!result || "later" in result)
    return { code: busy, message: "there was no time to render it; ask again" };
  const { failed: code, variable } = result;
  const why = variable === undefined ? words[code] : `${variable} has no value`;
  return { code, message: `sending would skip this person${why === undefined ? "" : `: ${why}`}` };
};

/** What is not plain from the name of the reason. */
const words: Readonly<Record<string, string>> = {
  rendered_blank: "with these values a text is blank",
  rendered_invalid:
    "with these values there is something that LINE refuses, such as an emoji without its $, a private URL or half a character",
  rendered_too_long: "with these values there is more than LINE takes",
};

/** LINE being away is said, and is no reason to fail: the rest of the preview stands. */
const askLine = async (
  deps: PreviewDeps,
  channel: Channel,
  messages: readonly LineMessage[],
): Promise<Pick<PreviewView, "problems" | "lineCheck">> => {
  if (!deps.lineCheckPace(channel.id))
    return { problems: [], lineCheck: { state: "not_asked", reason: "rate_limited" } };
  try {
    const complaints = await deps.line.validate(await channelToken(deps, channel), messages);
    return {
      problems: complaints.map(({ property, message }) => ({
        code: "line_refuses",
        field: property ?? null,
        message,
      })),
      lineCheck: { state: complaints.length === 0 ? "valid" : "invalid", reason: null },
    };
  } catch (error) {
    if (!(error instanceof Failure) || !isLines(error)) throw error;
    return { problems: [], lineCheck: { state: "unavailable", reason: error.code } };
  }
};

const isLines = ({ code }: Failure): boolean =>
  code.startsWith("line.") || code.endsWith("_invalid");

const notAsked = (): PreviewView["lineCheck"] => ({ state: "not_asked", reason: "unfit" });
