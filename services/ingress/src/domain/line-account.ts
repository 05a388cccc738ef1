/** LINE's calls about an account, as far as connecting a channel needs them. Each fails with a `line.*` failure. */
export interface LineAccount {
  verifyToken(token: string): Promise<{ channelId: string }>;
  issueStatelessToken(credentials: {
    channelId: string;
    channelSecret: string;
  }): Promise<{ token: string }>;
  botInfo(token: string): Promise<{
    botUserId: string;
    displayName: string;
    basicId: string;
    chatMode: string;
  }>;
  getWebhook(token: string): Promise<{ endpoint: string; active: boolean } | undefined>;
  setWebhook(token: string, url: string): Promise<void>;
  testWebhook(token: string): Promise<{ success: boolean; reason: string; statusCode: number }>;
  /** A token with which this friend can link their account; ten minutes, once. */
  issueLinkToken(token: string, userId: string): Promise<string>;
  /** What LINE has against these messages in a push; nothing where it would take them. */
  validate(
    token: string,
    messages: readonly object[],
  ): Promise<{ message: string; property?: string }[]>;
  /** Messages a month; null without a limit. */
  quota(token: string): Promise<number | null>;
  consumption(token: string): Promise<number>;
}
