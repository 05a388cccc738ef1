import { messagingApi } from "@line/bot-sdk";
import { Failure } from "@yubin/errors";

import { fieldOf, itemsOf, numberField, textField } from "./answer-fields.ts";
import { complaintsOf } from "./line-answer.ts";
import { lineFailure, refusalBody, statusOf } from "./line-failure.ts";
import { checkToken, createLineTokens, type LineTokens } from "./line-tokens.ts";
import { type LineProfile, profileFields } from "./profile-fields.ts";

export interface BotInfo {
  /** The `destination` of the bot's webhooks. */
  readonly botUserId: string;
  readonly displayName: string;
  readonly basicId: string;
  /** `chat`: people may answer in LINE's own manager as well. */
  readonly chatMode: "chat" | "bot";
}

export interface WebhookTest {
  readonly success: boolean;
  readonly reason: string;
  readonly detail: string;
  /** 0 or less where there was no answer. */
  readonly statusCode: number;
}

export interface MessageProblem {
  readonly message: string;
  readonly property?: string;
}

/**
 * Calls about a LINE account. Each takes the channel's token, as tokens change; each fails with a `Failure` whose code
 * says what to do (`line.unauthorized`, `line.forbidden`, `line.rate_limited`, `line.refused`, `line.unavailable`).
 */
export interface LineAccount extends LineTokens {
  readonly botInfo: (token: string) => Promise<BotInfo>;
  /** Undefined when no webhook URL is set. */
  readonly getWebhook: (
    token: string,
  ) => Promise<{ readonly endpoint: string; readonly active: boolean } | undefined>;
  /** Fails with `webhook_url_invalid` where LINE does not take the URL. */
  readonly setWebhook: (token: string, url: string) => Promise<void>;
  /** LINE allows 60 an hour. */
  readonly testWebhook: (token: string) => Promise<WebhookTest>;
  /** Undefined for whoever is no friend, blocked the account or never was: LINE does not tell these apart. */
  readonly profile: (token: string, userId: string) => Promise<LineProfile | undefined>;
  /** A token with which this friend can link their account; ten minutes, once. Fails with `line.refused` for others. */
  readonly issueLinkToken: (token: string, userId: string) => Promise<string>;
  /** Messages a month; null without a limit. */
  readonly quota: (token: string) => Promise<number | null>;
  /** Messages used this month, as far as LINE has counted. */
  readonly consumption: (token: string) => Promise<number>;
  /** Fails with `line.forbidden` for accounts that are not verified. */
  readonly followers: (
    token: string,
    page: { readonly start?: string; readonly limit: number },
  ) => Promise<{ readonly userIds: readonly string[]; readonly next?: string }>;
  /** Empty when LINE would take the messages in a push. */
  readonly validate: (token: string, messages: readonly object[]) => Promise<MessageProblem[]>;
}

export interface LineAccountOptions {
  /** An origin, such as `https://api.line.me`: LINE's SDK drops a path. */
  readonly apiBaseUrl: string;
}

/** LINE's SDK behind failures of ours. Needs `useLineDispatcher()` first, which bounds its time and sockets. */
export const createLineAccount = ({ apiBaseUrl }: LineAccountOptions): LineAccount => {
  const baseURL = new URL(apiBaseUrl).origin;
  const ask = async <Value>(
    token: string,
    work: (client: messagingApi.MessagingApiClient) => Promise<Value>,
  ): Promise<Value> => {
    checkToken(token);
    const client = new messagingApi.MessagingApiClient({ channelAccessToken: token, baseURL });
    try {
      return await work(client);
    } catch (error) {
      throw lineFailure(error);
    }
  };

  return {
    ...createLineTokens(apiBaseUrl),
    botInfo: (token) => ask(token, async (client) => toBotInfo(await client.getBotInfo())),
    getWebhook: (token) =>
      ask(token, async (client) => toWebhook(await orAbsent(client.getWebhookEndpoint()))),
    setWebhook: (token, url) =>
      ask(token, async (client) => {
        await client.setWebhookEndpoint({ endpoint: url }).catch(refuseUrl);
      }),
    testWebhook: (token) =>
      ask(token, async (client) => toWebhookTest(await client.testWebhookEndpoint({}))),
    profile: (token, userId) =>
      ask(token, async (client) => {
        const answer = await orAbsent(client.getProfile(userId));
        return answer === undefined ? undefined : toProfile(answer, userId);
      }),
    issueLinkToken: (token, userId) =>
      ask(token, async (client) => textField(await client.issueLinkToken(userId), "linkToken")),
    quota: (token) =>
      ask(token, async (client) => {
        const answer = await client.getMessageQuota();
        return fieldOf(answer, "type") === "limited" ? numberField(answer, "value") : null;
      }),
    consumption: (token) =>
      ask(token, async (client) =>
        numberField(await client.getMessageQuotaConsumption(), "totalUsage"),
      ),
    followers: (token, { start, limit }) =>
      ask(token, async (client) => toFollowers(await client.getFollowers(start, limit))),
    validate: (token, messages) =>
      ask(token, (client) =>
        client.validatePush({ messages: messages as messagingApi.Message[] }).then(
          () => [],
          (error: unknown) => problemsOf(error),
        ),
      ),
  };
};

/** What is not about this person, or about nobody, must not overwrite what is known of them. */
const toProfile = (answer: unknown, userId: string): LineProfile => {
  if (textField(answer, "userId", 128) !== userId)
    throw new Failure("line.unavailable", "LINE's answer is about somebody else");
  return profileFields(answer);
};

const toBotInfo = (answer: unknown): BotInfo => ({
  botUserId: textField(answer, "userId", 128),
  displayName: profileFields(answer).displayName,
  basicId: textField(answer, "basicId", 64),
  chatMode: fieldOf(answer, "chatMode") === "chat" ? "chat" : "bot",
});

const toWebhook = (answer: unknown) =>
  answer === undefined
    ? undefined
    : { endpoint: textField(answer, "endpoint"), active: fieldOf(answer, "active") === true };

const toWebhookTest = (answer: unknown): WebhookTest => ({
  success: fieldOf(answer, "success") === true,
  reason: textField(answer, "reason", 64),
  detail: textField(answer, "detail", 300),
  statusCode: numberField(answer, "statusCode"),
});

const toFollowers = (answer: unknown) => {
  const next = fieldOf(answer, "next");
  return {
    userIds: itemsOf(fieldOf(answer, "userIds")).filter(
      (id): id is string => typeof id === "string" && /^U[0-9a-f]{32}$/.test(id),
    ),
    ...(typeof next === "string" && next !== "" ? { next } : {}),
  };
};

const orAbsent = <Value>(call: Promise<Value>): Promise<Value | undefined> =>
  call.catch((error: unknown) => {
    if (statusOf(error) === 404) return undefined;
    throw error;
  });

const refuseUrl = (error: unknown): never => {
  if (statusOf(error) !== 400) throw error;
  throw new Failure("webhook_url_invalid", "LINE does not take this webhook URL");
};

const problemsOf = (error: unknown): MessageProblem[] => {
  if (statusOf(error) !== 400) throw error;
  return complaintsOf(refusalBody(error));
};
