import type { HealthCheck } from "@yubin/types";

import { defineRows, field } from "../define-rows.ts";

/** A connected LINE channel. Its token and secrets are sealed, with `workspaceId/_id` as context. */
export interface ChannelRow {
  _id: string;
  workspaceId: string;
  /** The operator's label: LINE has no call that tells a channel's provider. */
  provider: string;
  lineChannelId: string;
  /** LINE's `destination`. */
  botUserId: string;
  basicId: string;
  /** The LINE Login channel of the same provider, whose ID tokens are taken as proof. */
  loginChannelId?: string | null;
  name: string;
  /** A long-lived token, or null where stateless ones are issued from the channel's id and secret. */
  sealedToken: string | null;
  /** Newest first; an older one is accepted until its time. */
  secrets: { sealed: string; validUntil: Date | null }[];
  limits: { pushPerSecond: number; multicastPerSecond: number };
  state: "connected" | "stopped";
  stateReason: string | null;
  webhookUrl: string;
  health: HealthCheck[];
  /** When LINE was last asked for it. */
  healthAt?: Date | null;
  /** Grows with each change, so that a cached copy can be told from the current one. */
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export const channelRows = defineRows<ChannelRow>({
  collection: "channels",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    provider: field.text,
    lineChannelId: field.text,
    botUserId: field.id,
    basicId: { type: String, default: "" },
    loginChannelId: field.maybeText,
    name: field.text,
    sealedToken: field.maybeText,
    secrets: field.list,
    limits: field.nested,
    state: field.text,
    stateReason: field.maybeText,
    webhookUrl: { type: String, default: "" },
    health: field.list,
    healthAt: field.maybeTime,
    version: { type: Number, default: 1 },
    createdAt: field.time,
    updatedAt: field.time,
  },
  indexes: [{ keys: { botUserId: 1 }, unique: true }, { keys: { workspaceId: 1, _id: 1 } }],
});
