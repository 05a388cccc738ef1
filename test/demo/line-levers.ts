import type {
  ChannelOptions,
  ChannelView,
  LedgerSummary,
  RatedFault,
  WebhookStats,
} from "@yubin/simulator";

/** The simulator's levers over HTTP, as far as the story pulls them. */
export interface LineLevers {
  addChannel(options: ChannelOptions): Promise<ChannelView>;
  friendCounts(channelId: string): Promise<{ readonly friends: number; readonly blocked: number }>;
  addPeople(provider: string, count: number): Promise<void>;
  userIds(provider: string, from: number, limit: number): Promise<string[]>;
  /** People by number; resolves once their events are on their way. */
  follow(channelId: string, from: number, count: number): Promise<void>;
  block(channelId: string, from: number, count: number): Promise<void>;
  /** One person writes in the chat. */
  say(channelId: string, userId: string, text: string): Promise<void>;
  /** No webhooks from now on, as with LINE's "Use webhook" switched off. */
  silence(channelId: string): Promise<void>;
  setFaults(rules: readonly RatedFault[]): Promise<void>;
  webhooks(channelId: string): Promise<WebhookStats>;
  ledger(channelId: string): Promise<LedgerSummary>;
  /** When sends were accepted, in milliseconds. */
  acceptedAt(channelId: string): Promise<readonly number[]>;
  /** The bodies of the newest sends that were accepted. */
  sent(channelId: string): Promise<readonly { readonly body: unknown }[]>;
  /** Who was sent the marker, and how often. */
  recipients(marker: string, channelId: string): Promise<Record<string, number>>;
}

export const createLineLevers = (simulatorUrl: string): LineLevers => {
  const call = async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await fetch(`${simulatorUrl}/_sim${path}`, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await answer.text();
    if (!answer.ok)
      throw new Error(
        `the simulator answered ${answer.status} to ${method} ${path}: ${text.slice(0, 300)}`,
      );
    return JSON.parse(text) as Answer;
  };
  return {
    addChannel: (options) => call("POST", "/channels", options),
    friendCounts: (channelId) => call("GET", `/channels/${channelId}`),
    addPeople: async (provider, count) => {
      await call("POST", "/people", { provider, count });
    },
    userIds: async (provider, from, limit) => {
      const page = await call<{ data: { userId: string }[] }>(
        "GET",
        `/people/${provider}?from=${from}&limit=${limit}`,
      );
      return page.data.map(({ userId }) => userId);
    },
    follow: async (channelId, from, count) => {
      await call("POST", `/channels/${channelId}/follow`, { from, count });
    },
    block: async (channelId, from, count) => {
      await call("POST", `/channels/${channelId}/block`, { from, count });
    },
    say: async (channelId, userId, text) => {
      await call("POST", `/channels/${channelId}/say`, { userId, text });
    },
    silence: async (channelId) => {
      await call("PATCH", `/channels/${channelId}`, { webhookActive: false });
    },
    setFaults: async (rules) => {
      await call("PUT", "/faults", { rules });
    },
    webhooks: (channelId) => call("GET", `/webhooks?channelId=${channelId}`),
    ledger: (channelId) => call("GET", `/ledger?channelId=${channelId}`),
    acceptedAt: async (channelId) => {
      const { data } = await call<{ data: number[] }>(
        "GET",
        `/ledger/times?channelId=${channelId}`,
      );
      return data;
    },
    sent: async (channelId) => {
      const { data } = await call<{ data: { body: unknown }[] }>(
        "GET",
        `/ledger/requests?channelId=${channelId}`,
      );
      return data;
    },
    recipients: (marker, channelId) =>
      call("GET", `/ledger/recipients?marker=${encodeURIComponent(marker)}&channelId=${channelId}`),
  };
};
