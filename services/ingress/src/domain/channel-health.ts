import type { HealthCheck } from "@yubin/types";

import type { LineAccount } from "./line-account.ts";
import { confirmSecret } from "./line-credentials.ts";

export interface HealthSubject {
  readonly token: string;
  readonly lineChannelId: string;
  readonly channelSecret: string;
  readonly webhookUrl: string;
  /** Known from a moment ago; asked of LINE where it is not. */
  readonly secretConfirmed?: boolean;
  /** The webhook test is rationed to 60 an hour, and pointless where the webhook is not ours. */
  readonly testWebhook: boolean;
}

/** Everything that must be right for a channel to work, each with what to do where it is not. */
export const checkHealth = async (
  line: LineAccount,
  subject: HealthSubject,
): Promise<HealthCheck[]> => {
  const checks = await Promise.all([
    guarded("token", "Give a valid token: POST /v1/channels/:id/credentials.", () =>
      checkToken(line, subject),
    ),
    guarded("secret", "Give the current secret: POST /v1/channels/:id/credentials.", () =>
      checkSecret(line, subject),
    ),
    guarded("webhook_set", "Try again later.", () => checkWebhook(line, subject)),
    ...(subject.testWebhook
      ? [
          guarded("webhook_test", "Try again later: LINE allows 60 tests an hour.", () =>
            testWebhook(line, subject),
          ),
        ]
      : []),
    guarded("auto_reply", "Try again later.", () => checkAutoReply(line, subject)),
    guarded("quota", "Try again later.", () => checkQuota(line, subject)),
  ]);
  return [...checks.flat(), redelivery];
};

const ok = (check: string, message: string): HealthCheck => ({
  check,
  status: "ok",
  message,
  action: null,
});

/** A check that LINE does not answer is a warning, not the end of the others. */
const guarded = async (
  check: string,
  action: string,
  run: () => Promise<HealthCheck[]>,
): Promise<HealthCheck[]> => {
  try {
    return await run();
  } catch (error) {
    const refused = error instanceof Error && "retry" in error && error.retry === "never";
    return [
      {
        check,
        status: refused ? "fail" : "warn",
        message: refused ? "LINE refuses this." : "LINE did not answer this.",
        action,
      },
    ];
  }
};

const checkToken = async (line: LineAccount, { token }: HealthSubject): Promise<HealthCheck[]> => {
  await line.botInfo(token);
  return [ok("token", "LINE takes the token.")];
};

const checkSecret = async (line: LineAccount, subject: HealthSubject): Promise<HealthCheck[]> =>
  (subject.secretConfirmed ??
  (await confirmSecret(line, subject.lineChannelId, subject.channelSecret)))
    ? [ok("secret", "Token and secret belong to one channel.")]
    : [
        {
          check: "secret",
          status: "warn",
          message: "LINE does not let this channel prove its secret.",
          action: "Compare the secret with the one in the LINE Developers Console.",
        },
      ];

const checkWebhook = async (
  line: LineAccount,
  { token, webhookUrl }: HealthSubject,
): Promise<HealthCheck[]> => {
  const webhook = await line.getWebhook(token);
  const set: HealthCheck =
    webhook?.endpoint === webhookUrl
      ? ok("webhook_set", "LINE has our webhook URL.")
      : {
          check: "webhook_set",
          status: "fail",
          message: webhook ? "LINE has another webhook URL." : "LINE has no webhook URL.",
          action: `Set it to ${webhookUrl} in the LINE Developers Console.`,
        };
  const active: HealthCheck = webhook?.active
    ? ok("webhook_active", "Webhooks are switched on.")
    : {
        check: "webhook_active",
        status: "fail",
        message: "Webhooks are switched off.",
        action: "Turn on 'Use webhook' in the LINE Developers Console; no call of LINE's can.",
      };
  return [set, active];
};

const testWebhook = async (line: LineAccount, { token }: HealthSubject): Promise<HealthCheck[]> => {
  const { success, reason, statusCode } = await line.testWebhook(token);
  return success
    ? [ok("webhook_test", "LINE's test reached us.")]
    : [
        {
          check: "webhook_test",
          status: "fail",
          message: `LINE's test did not reach us: ${readable(reason)}${statusCode > 0 ? `, status ${statusCode}` : ""}.`,
          action: "Check that PUBLIC_URL is reachable from the internet over HTTPS.",
        },
      ];
};

/** LINE's words, as far as they are words. */
const readable = (reason: string): string => (/^[A-Z_]{1,40}$/.test(reason) ? reason : "no reason");

const checkAutoReply = async (
  line: LineAccount,
  { token }: HealthSubject,
): Promise<HealthCheck[]> => {
  const { chatMode } = await line.botInfo(token);
  return chatMode === "bot"
    ? [ok("auto_reply", "The account answers by webhook.")]
    : [
        {
          check: "auto_reply",
          status: "warn",
          message: "People may also be answered by hand or by LINE's own greeting.",
          action: "Look at the response settings in LINE Official Account Manager.",
        },
      ];
};

const nearlyUsed = 0.9;

const checkQuota = async (line: LineAccount, { token }: HealthSubject): Promise<HealthCheck[]> => {
  const [limit, used] = await Promise.all([line.quota(token), line.consumption(token)]);
  if (limit === null) return [ok("quota", "No monthly limit.")];
  const message = `${used} of ${limit} messages used this month.`;
  return used < limit * nearlyUsed
    ? [ok("quota", message)]
    : [
        {
          check: "quota",
          status: used >= limit ? "fail" : "warn",
          message,
          action: "Raise the plan in LINE Official Account Manager, or wait for the next month.",
        },
      ];
};

const redelivery: HealthCheck = {
  check: "webhook_redelivery",
  status: "warn",
  message: "Whether LINE sends again what we could not take cannot be read by any call.",
  action: "Turn on 'Webhook redelivery' in the LINE Developers Console.",
};
