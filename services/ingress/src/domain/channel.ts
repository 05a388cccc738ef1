import type { ChannelLimits, HealthCheck } from "@yubin/types";

/** A connected LINE channel, its credentials sealed. */
export interface Channel {
  readonly id: string;
  readonly workspaceId: string;
  /** The operator's label: LINE has no call that tells a channel's provider. */
  readonly provider: string;
  readonly lineChannelId: string;
  readonly botUserId: string;
  readonly basicId: string;
  readonly loginChannelId?: string | null;
  readonly name: string;
  /** What it may take of LINE's rates. */
  readonly limits: ChannelLimits;
  /** A long-lived token, or null where stateless ones are issued from id and secret. */
  readonly sealedToken: string | null;
  /** Newest first; an older one is accepted until its time. */
  readonly secrets: readonly SealedSecret[];
  readonly state: "connected" | "stopped";
  readonly stateReason: string | null;
  readonly webhookUrl: string;
  readonly health: readonly HealthCheck[];
  /** When LINE was last asked for it. */
  readonly healthAt?: Date | null;
  /** Grows with each change. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface SealedSecret {
  readonly sealed: string;
  readonly validUntil: Date | null;
}

/** What may change of a channel; everything else stays as it was connected. */
export type ChannelChange = Partial<
  Pick<
    Channel,
    | "sealedToken"
    | "secrets"
    | "state"
    | "stateReason"
    | "webhookUrl"
    | "health"
    | "healthAt"
    | "name"
    | "limits"
    | "loginChannelId"
  >
>;

export interface Channels {
  find(workspaceId: string, channelId: string): Promise<Channel | undefined>;
  findByBot(botUserId: string): Promise<Channel | undefined>;
  /** By id, after the one named. */
  list(workspaceId: string, page: { after: string; limit: number }): Promise<Channel[]>;
  providers(workspaceId: string): Promise<ReadonlySet<string>>;
  /** False where a channel of this bot (or id) is there already. */
  insert(channel: Channel): Promise<boolean>;
  /** By compare-and-set on `version`; undefined where it has changed meanwhile. */
  change(channel: Channel, change: ChannelChange, now: Date): Promise<Channel | undefined>;
  /** Only as it was read; false where it has changed meanwhile. */
  remove(channel: Channel): Promise<boolean>;
}

/** What credentials are sealed with: a sealed text opens only where it was put. */
export const sealContext = (channel: { workspaceId: string; id: string }): string =>
  `${channel.workspaceId}/${channel.id}`;
