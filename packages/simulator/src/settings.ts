import { defaultDelivery } from "./delivery-options.ts";
import type { DeliveryOptions } from "./delivery-options.ts";

/** How a simulator behaves. Everything has a default. */
export interface SimulatorOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Whatever is made up or chosen follows from it. Default 1. */
  readonly seed?: string | number;
  /** How many times shorter LINE's lives are: 86,400 makes a day a second. Default 1. */
  readonly timeScale?: number;
  /** How long LINE remembers a retry key. Default 24 h / timeScale. */
  readonly retryKeyLifeMs?: number;
  /** How long a reply token is good for. Default 1 min / timeScale. */
  readonly replyTokenLifeMs?: number;
  /** How long the `next` token of the follower list is good for. Default 24 h / timeScale. */
  readonly followersTokenLifeMs?: number;
  /** How long an account-link token is good for. Default 10 min / timeScale. */
  readonly linkTokenLifeMs?: number;
  /** Every LINE answer is held back this long, or a random time between the two. Default 0. */
  readonly latencyMs?: number | readonly [number, number];
  /** LINE documents both for a multicast to ids unknown in the channel: taken and dropped, or a 400. Default `"accept"`. */
  readonly multicastUnknown?: "accept" | "refuse";
  /** Whether webhook URLs must be https, as at LINE. Default false: the bot server is next door. */
  readonly httpsOnly?: boolean;
  /** Whether every accepted request keeps its body. Default false: only the newest `recentMax`. */
  readonly keepBodies?: boolean;
  /** How many accepted requests are kept to look at. Default 200. */
  readonly recentMax?: number;
  /** How webhooks are batched and disturbed on every channel. */
  readonly delivery?: Partial<DeliveryOptions>;
  /** The source of time in milliseconds. Default `Date.now`. */
  readonly now?: () => number;
}

/** The options with every default in place. */
export type Settings = Required<Omit<SimulatorOptions, "delivery" | "latencyMs" | "timeScale">> & {
  readonly delivery: DeliveryOptions;
  readonly latencyMs: readonly [number, number];
};

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** Puts the defaults in place. */
export function settingsOf(options: SimulatorOptions): Settings {
  const timeScale = options.timeScale ?? 1;
  const latency = options.latencyMs ?? 0;
  return {
    port: options.port ?? 0,
    host: options.host ?? "127.0.0.1",
    seed: options.seed ?? 1,
    retryKeyLifeMs: options.retryKeyLifeMs ?? dayMs / timeScale,
    replyTokenLifeMs: options.replyTokenLifeMs ?? minuteMs / timeScale,
    followersTokenLifeMs: options.followersTokenLifeMs ?? dayMs / timeScale,
    linkTokenLifeMs: options.linkTokenLifeMs ?? (10 * minuteMs) / timeScale,
    latencyMs: typeof latency === "number" ? [latency, latency] : latency,
    multicastUnknown: options.multicastUnknown ?? "accept",
    httpsOnly: options.httpsOnly ?? false,
    keepBodies: options.keepBodies ?? false,
    recentMax: options.recentMax ?? 200,
    delivery: { ...defaultDelivery, ...options.delivery },
    now: options.now ?? Date.now,
  };
}
