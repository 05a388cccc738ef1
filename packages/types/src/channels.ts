import { z } from "zod";

import type { ReconciliationView } from "./backfills.ts";
import { isProvider } from "./refs.ts";

/** Source: LINE's tokens are opaque printable ASCII; anything else would break the header it travels in. */
const accessToken = z.string().regex(/^[A-Za-z0-9+/=._~-]{20,4096}$/);
/** Of a LINE channel, as the Developers Console shows it. */
const lineChannelId = z.string().regex(/^[0-9]{5,20}$/);
const channelSecret = z.string().regex(/^[0-9a-f]{32}$/);

/** Body of `POST /v1/channels`. */
export const channelRequest = z.strictObject({
  channelAccessToken: accessToken.optional(),
  channelId: lineChannelId.optional(),
  channelSecret,
  provider: z.string().refine(isProvider, "letters, digits, - and _, at most 64"),
  name: z.string().trim().min(1).max(100).optional(),
  setWebhook: z.boolean().optional(),
  /** The LINE Login channel of the same provider: whose ID tokens are taken as proof. */
  loginChannelId: lineChannelId.optional(),
});
export type ChannelRequest = z.output<typeof channelRequest>;

/** How much of what LINE allows a channel takes, in calls a second. */
export const channelLimits = z.strictObject({ push: z.number(), multicast: z.number() });
export type ChannelLimits = Readonly<z.output<typeof channelLimits>>;

/** Body of `PATCH /v1/channels/:id`; null takes the LINE Login channel away, and leaves the rates to LINE's own limits. */
export const channelPatch = z.strictObject({
  name: z.string().trim().min(1).max(100).optional(),
  loginChannelId: lineChannelId.nullable().optional(),
  limits: channelLimits.nullable().optional(),
});
export type ChannelPatch = z.output<typeof channelPatch>;

/** Body of `POST /v1/channels/:id/credentials`: what changed; at least one of them. */
export const credentialsRequest = z.strictObject({
  channelAccessToken: accessToken.optional(),
  channelSecret: channelSecret.optional(),
});
export type CredentialsRequest = z.output<typeof credentialsRequest>;

export interface HealthCheck {
  readonly check: string;
  readonly status: "ok" | "warn" | "fail";
  readonly message: string;
  readonly action: string | null;
}

/** Answer of `GET /v1/channels/:id`; credentials never leave. */
export interface ChannelView {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly botUserId: string;
  readonly basicId: string;
  readonly loginChannelId: string | null;
  readonly limits: ChannelLimits;
  readonly state: "connected" | "stopped";
  readonly stateReason: string | null;
  readonly webhookUrl: string;
  readonly health: readonly HealthCheck[];
  readonly createdAt: string;
}

/** Answer of `GET /v1/channels/:id/metrics`. */
export interface ChannelMetrics {
  readonly people: { readonly following: number; readonly blocked: number };
  /** Webhook events received since then, by type. */
  readonly since: string;
  readonly events: Readonly<Record<string, number>>;
  /** Events that were set aside, by reason. */
  readonly quarantined: Readonly<Record<string, number>>;
  /** The last check of who follows; null before the first. */
  readonly reconciliation: ReconciliationView | null;
}
