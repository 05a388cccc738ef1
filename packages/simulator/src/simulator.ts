import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Channel, ChannelOptions, ChannelPatch } from "./channels.ts";
import { createControlApp } from "./control/app.ts";
import type { Faults } from "./faults.ts";
import { createGroupActions } from "./group-actions.ts";
import type { GroupActions } from "./group-actions.ts";
import type { Ledger } from "./ledger.ts";
import { createLineServer } from "./line-server.ts";
import type { PersonProfile } from "./people.ts";
import { createPersonActions } from "./person-actions.ts";
import type { PersonActions } from "./person-actions.ts";
import { settingsOf } from "./settings.ts";
import type { SimulatorOptions } from "./settings.ts";
import { webhookSignature } from "./webhook-signature.ts";
import type { PostOptions, Webhooks } from "./webhooks.ts";
import type { PostResult } from "./webhook-poster.ts";
import { isWebhookUrl } from "./webhook-url.ts";
import { createWorld } from "./world.ts";

/** A channel as its owner sees it in LINE's console. */
export interface ChannelView extends Readonly<Channel> {
  /** The newest long-lived channel access token. */
  readonly accessToken: string;
}

/** A stand-in for LINE, with the levers to move it. */
export interface Simulator extends PersonActions {
  /** The origin of the API, once started. */
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Forgets everything: channels, people, ledger, faults. */
  reset(): void;
  /** Moves LINE's time forward. */
  advanceClock(ms: number): void;

  addChannel(options?: ChannelOptions): ChannelView;
  channel(channelId: string): ChannelView;
  channels(): ChannelView[];
  updateChannel(channelId: string, patch: ChannelPatch): ChannelView;
  /** Issues a new long-lived token; the old one dies after `overlapMs`, by default at once. */
  rotateToken(channelId: string, overlapMs?: number): string;
  /** Kills any token: from now on it answers 401. */
  revokeToken(token: string): void;
  /** Makes a new channel secret; the old one is void at once. */
  reissueSecret(channelId: string): string;

  /** Adds people to a provider and returns their user ids. */
  addPeople(options: { count: number; provider?: string }): string[];
  person(provider: string, userId: string): PersonProfile | undefined;
  setProfile(provider: string, userId: string, shown: Partial<Omit<PersonProfile, "userId">>): void;
  /** The person deletes their LINE account; no event tells of it. */
  deleteAccount(provider: string, userId: string): void;
  friendCounts(channelId: string): { friends: number; blocked: number };
  readonly groups: GroupActions;

  readonly faults: Pick<Faults, "set" | "next" | "clear" | "rules">;
  readonly ledger: Omit<
    Ledger,
    "accept" | "attempted" | "answered" | "faulted" | "sameKeyOtherBody" | "expiredKeySend"
  >;
  readonly webhooks: Pick<Webhooks, "stats" | "settled" | "log" | "pause" | "resume" | "balance">;
  /** Sends a body to the channel's webhook as it is, signed unless told otherwise. */
  postWebhook(
    channelId: string,
    body: string | Uint8Array,
    options?: PostOptions,
  ): Promise<PostResult>;
  /** What LINE would put into `x-line-signature` for this body. */
  sign(channelId: string, body: string | Uint8Array): string;
}

/** Makes a simulator; it listens once started. */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const settings = settingsOf(options);
  let world = createWorld(settings);
  const currentWorld = () => world;
  let server: Server | undefined;

  const view = (channel: Channel): ChannelView => ({
    ...channel,
    accessToken: world.tokens.longLivedOf(channel.channelId) ?? "",
  });
  const checkUrl = ({ webhookUrl }: ChannelPatch): void => {
    if (webhookUrl !== undefined && !isWebhookUrl(webhookUrl, settings.httpsOnly)) {
      throw new TypeError(`not a webhook URL`);
    }
  };

  const simulator: Simulator = {
    ...createPersonActions(currentWorld),
    groups: createGroupActions(currentWorld),
    get url() {
      const address = server?.address() as AddressInfo | null | undefined;
      if (!address) throw new Error("the simulator is not started");
      return `http://${settings.host.includes(":") ? `[${settings.host}]` : settings.host}:${address.port}`;
    },
    start: async () => {
      const opened = createServer(simulatorListener(simulator, currentWorld));
      // Callers keep connections open; a server that closes idle ones soon makes them fail at random.
      opened.keepAliveTimeout = keepAliveTimeoutMs;
      await new Promise<void>((resolve, reject) => {
        opened.once("error", reject);
        opened.listen(settings.port, settings.host, resolve);
      });
      server = opened;
    },
    stop: async () => {
      world.webhooks.close();
      const closing = server;
      server = undefined;
      if (!closing) return;
      await new Promise<void>((resolve) => {
        closing.close(() => resolve());
        closing.closeAllConnections();
      });
    },
    reset: () => {
      world.webhooks.close();
      world = createWorld(settings);
    },
    advanceClock: (ms) => world.clock.advance(ms),

    addChannel: (channelOptions = {}) => {
      checkUrl(channelOptions);
      const channel = world.channels.add(channelOptions);
      world.tokens.issue(channel.channelId, "longLived", channelOptions.accessToken);
      return view(channel);
    },
    channel: (channelId) => view(world.channels.get(channelId)),
    channels: () => world.channels.all().map(view),
    updateChannel: (channelId, patch) => {
      checkUrl(patch);
      return view(world.channels.patch(channelId, patch));
    },
    rotateToken: (channelId, overlapMs = 0) =>
      world.tokens.rotate(world.channels.get(channelId).channelId, overlapMs).token,
    revokeToken: (token) => world.tokens.revoke(token),
    reissueSecret: (channelId) => world.channels.reissueSecret(channelId).channelSecret,

    addPeople: ({ count, provider = "provider-1" }) => world.people.add(provider, count),
    person: (provider, userId) => {
      const index = world.people.indexOf(provider, userId);
      return index === undefined ? undefined : world.people.profile(provider, index);
    },
    setProfile: (provider, userId, shown) => world.people.setProfile(provider, userId, shown),
    deleteAccount: (provider, userId) => world.people.deleteAccount(provider, userId),
    friendCounts: (channelId) => world.friendships.counts(channelId),

    get faults() {
      return world.faults;
    },
    get ledger() {
      return world.ledger;
    },
    get webhooks() {
      return world.webhooks;
    },
    postWebhook: (channelId, body, postOptions) =>
      world.webhooks.post(world.channels.get(channelId), body, postOptions),
    sign: (channelId, body) => webhookSignature(world.channels.get(channelId).channelSecret, body),
  };
  return simulator;
}

const keepAliveTimeoutMs = 65_000;

/** Sends control requests to the control app and everything else to LINE's endpoints. */
function simulatorListener(
  simulator: Simulator,
  currentWorld: () => ReturnType<typeof createWorld>,
) {
  const control = createControlApp(simulator);
  const line = createLineServer(currentWorld);
  return (req: Parameters<typeof line>[0], res: Parameters<typeof line>[1]): void => {
    const url = req.url ?? "/";
    if (url === "/" || url.startsWith("/_sim")) {
      control(req, res);
      return;
    }
    line(req, res).catch((error: unknown) => {
      if (!res.headersSent) res.writeHead(500, { "content-type": "application/json" });
      res.end(JSON.stringify({ message: "Internal server error" }));
      process.emitWarning(error instanceof Error ? error : new Error(String(error)));
    });
  };
}
