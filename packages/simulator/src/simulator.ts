import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createChannelLevers } from "./channel-levers.ts";
import type { ChannelLevers } from "./channel-levers.ts";
import { createControlApp } from "./control/app.ts";
import type { Faults } from "./faults.ts";
import { createGroupActions } from "./group-actions.ts";
import type { GroupActions } from "./group-actions.ts";
import type { Ledger } from "./ledger.ts";
import { createLineServer } from "./line-server.ts";
import { many } from "./many.ts";
import type { BulkAction } from "./many.ts";
import { createPeopleLevers } from "./people-levers.ts";
import type { PeopleLevers } from "./people-levers.ts";
import { createPersonActions } from "./person-actions.ts";
import type { PersonActions } from "./person-actions.ts";
import { settingsOf } from "./settings.ts";
import type { SimulatorOptions } from "./settings.ts";
import type { PostResult } from "./webhook-poster.ts";
import { webhookSignature } from "./webhook-signature.ts";
import type { PostOptions } from "./webhook-sender.ts";
import type { Webhooks } from "./webhooks.ts";
import { createWorld } from "./world.ts";
import type { World } from "./world.ts";

/** A stand-in for LINE, with the levers to move it. */
export interface Simulator extends ChannelLevers, PeopleLevers, PersonActions {
  /** The origin of the API, once started. */
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Forgets everything: channels, people, ledger, faults. */
  reset(): void;
  /** LINE's time in milliseconds. */
  now(): number;
  /** Moves LINE's time forward. */
  advanceClock(ms: number): void;
  /** Lets many people do the same at the pace of the bot server; resolves to the number of events. */
  many(action: BulkAction, channelId: string, userIds: readonly string[]): Promise<number>;
  /** What happens in group chats. */
  readonly groups: GroupActions;
  /** What goes wrong. */
  readonly faults: Pick<Faults, "set" | "next" | "clear" | "rules">;
  /** What was asked and what was accepted. */
  readonly ledger: Pick<
    Ledger,
    "summary" | "recipients" | "markers" | "acceptedAt" | "receivedBy" | "requests" | "clear"
  >;
  /** How webhooks are getting on. */
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
  const currentWorld = (): World => world;
  const people = createPersonActions(currentWorld);
  const simulator = {
    ...createChannelLevers(currentWorld),
    ...createPeopleLevers(currentWorld),
    ...people,
    groups: createGroupActions(currentWorld),
    reset: () => {
      world.webhooks.close();
      world = createWorld(settings);
    },
    now: () => world.clock.now(),
    advanceClock: (ms: number) => world.clock.advance(ms),
    many: (action: BulkAction, channelId: string, userIds: readonly string[]) =>
      many(world, people[action], { channelId, userIds }),
    postWebhook: (channelId: string, body: string | Uint8Array, postOptions?: PostOptions) =>
      world.webhooks.post(world.channels.get(channelId), body, postOptions),
    sign: (channelId: string, body: string | Uint8Array) =>
      webhookSignature(world.channels.get(channelId).channelSecret, body),
  };
  return withServer(simulator, currentWorld);
}

type Levers = Omit<Simulator, "url" | "start" | "stop" | "faults" | "ledger" | "webhooks">;

/** Adds the HTTP server, and the parts that a reset replaces. */
function withServer(levers: Levers, currentWorld: () => World): Simulator {
  const { port, host } = currentWorld().settings;
  let server: Server | undefined;
  // Getters, because each of these belongs to the current world.
  const simulator: Simulator = Object.defineProperties({ ...levers } as Simulator, {
    faults: { get: () => currentWorld().faults },
    ledger: { get: () => currentWorld().ledger },
    webhooks: { get: () => currentWorld().webhooks },
    url: { get: () => originOf(server, host) },
    start: {
      value: async () => {
        server = await listening(createServer(listenerOf(simulator, currentWorld)), port, host);
      },
    },
    stop: {
      value: async () => {
        currentWorld().webhooks.close();
        const closing = server;
        server = undefined;
        if (closing) await closed(closing);
      },
    },
  });
  return simulator;
}

/** Control requests go to the control app, everything else to LINE's endpoints. */
function listenerOf(simulator: Simulator, currentWorld: () => World) {
  const control = createControlApp(simulator);
  const line = createLineServer(currentWorld);
  return (req: IncomingMessage, res: ServerResponse): void => {
    const url = req.url ?? "/";
    if (url === "/" || url.startsWith("/_sim")) {
      control(req, res);
      return;
    }
    line(req, res).catch((error: unknown) => {
      process.emitWarning(error instanceof Error ? error : new Error(String(error)));
      if (!res.headersSent) res.writeHead(500, { "content-type": "application/json" });
      res.end(JSON.stringify({ message: "Internal server error" }));
    });
  };
}

const keepAliveTimeoutMs = 65_000;

async function listening(server: Server, port: number, host: string): Promise<Server> {
  // Callers keep connections open; a server that closes idle ones soon makes their requests fail at random.
  server.keepAliveTimeout = keepAliveTimeoutMs;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return server;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function originOf(server: Server | undefined, host: string): string {
  const address = server?.address() as AddressInfo | null | undefined;
  if (!address) throw new Error("the simulator is not started");
  return `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
}
