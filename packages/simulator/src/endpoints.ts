/** Every LINE endpoint the simulator serves, by the name that rates, faults and the ledger use. */
export const endpoints = [
  "push",
  "multicast",
  "reply",
  "broadcast",
  "validate",
  "profile",
  "followers",
  "quota",
  "consumption",
  "deliveryCount",
  "linkToken",
  "info",
  "webhookGet",
  "webhookSet",
  "webhookTest",
  "content",
  "oauth",
] as const;

/** One LINE endpoint. */
export type Endpoint = (typeof endpoints)[number];

/** The endpoints that put messages in front of people. */
export const sendEndpoints = ["push", "multicast", "reply", "broadcast"] as const;

/** One of the endpoints that send. */
export type SendEndpoint = (typeof sendEndpoints)[number];

/** How many calls an endpoint takes in how long. */
export interface Rate {
  readonly limit: number;
  readonly perMs: number;
}

const perSecond = (limit: number): Rate => ({ limit, perMs: 1_000 });
const perMinute = (limit: number): Rate => ({ limit, perMs: 60_000 });
const perHour = (limit: number): Rate => ({ limit, perMs: 3_600_000 });

/** LINE's published limits, each per channel. */
export const lineRates: Readonly<Record<Endpoint, Rate>> = {
  push: perSecond(2_000),
  multicast: perSecond(200),
  reply: perSecond(2_000),
  broadcast: perHour(60),
  validate: perSecond(2_000),
  profile: perSecond(2_000),
  followers: perSecond(2_000),
  quota: perSecond(2_000),
  consumption: perSecond(2_000),
  deliveryCount: perSecond(2_000),
  linkToken: perSecond(2_000),
  info: perSecond(2_000),
  webhookGet: perMinute(1_000),
  webhookSet: perMinute(1_000),
  webhookTest: perHour(60),
  content: perSecond(2_000),
  oauth: perSecond(370),
};
