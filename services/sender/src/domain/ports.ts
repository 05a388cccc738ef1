import type {
  AskedRules,
  CampaignAudience,
  CampaignExclude,
  CampaignState,
  QuotaChoice,
  Throttle,
  WorkspaceRules,
} from "@yubin/types";

import type { Allowance } from "./allowance.ts";
import type { Batch, Content, Method } from "./batch.ts";
import type { Person } from "./decide.ts";
import type { Answer } from "./line-answer.ts";
import type { Variants } from "./variants.ts";

export interface Campaign {
  readonly id: string;
  readonly workspaceId: string;
  readonly channelId: string;
  readonly name: string;
  readonly state: CampaignState;
  readonly stateReason: string | null;
  /** Which launch or resume has set it going. */
  readonly run: number;
  readonly content: Content | Variants;
  readonly personal: boolean;
  readonly audience: CampaignAudience;
  /** The uploaded list that is the audience. */
  readonly list: { readonly id: string; readonly pages: number; readonly rows: number } | null;
  readonly exclude: CampaignExclude | null;
  readonly asked: AskedRules;
  /** LINE took what its first people were sent. */
  readonly proven: boolean;
  /** When it starts, where it was launched for later. */
  readonly startsAt: Date | null;
  readonly throttle: Throttle | null;
  /** What it does where the month's quota is short; null: as the workspace says. */
  readonly quota: QuotaChoice | null;
  /** Whoever set this run going knew that it is. */
  readonly quotaWaived: boolean;
  readonly allowance: Allowance | null;
  readonly launchedAt: Date | null;
  readonly fedBatches: number;
  /** Null until planning has ended. */
  readonly plannedBatches: number | null;
}

export interface Channel {
  readonly id: string;
  readonly workspaceId: string;
  readonly provider: string;
  readonly name: string;
  readonly state: "connected" | "stopped";
  readonly version: number;
  readonly limits: { readonly push: number; readonly multicast: number };
}

export interface BatchRef {
  readonly workspaceId: string;
  readonly batchId: string;
}

export interface CampaignRef {
  readonly workspaceId: string;
  readonly campaignId: string;
}

export type Claimed =
  | { readonly kind: "claimed"; readonly batch: Batch }
  /** Settled, or not there. */
  | { readonly kind: "obsolete" }
  /** Someone else works on it, at the latest until then. */
  | { readonly kind: "busy"; readonly until: Date }
  /** Of another workspace. */
  | { readonly kind: "foreign" };

/** What becomes of a claim with a write. */
export type Afterwards =
  | { readonly kind: "hold"; readonly until: Date }
  | { readonly kind: "release"; readonly nextAt: Date | null }
  | { readonly kind: "settle"; readonly at: Date };

export interface ClaimedBatches {
  claim(ref: BatchRef, claim: { token: string; now: Date; until: Date }): Promise<Claimed>;
  /** One write, refused (false) where the claim has gone to someone else. Writes what differs between the two. */
  save(
    token: string,
    change: { readonly before: Batch; readonly after: Batch; readonly next: Afterwards },
  ): Promise<boolean>;
}

/** How a recipient is known: by profile, or by what the caller called them. */
export interface PersonKey {
  readonly profileId?: string;
  readonly ref?: string;
}

export interface People {
  /**
   * As they are now, in the order of the keys; undefined where there is nobody. Traits and external id are read only
   * for words of their own.
   */
  find(
    workspaceId: string,
    keys: readonly PersonKey[],
    need: "address" | "words",
  ): Promise<(Person | undefined)[]>;
}

/** Where a profile stands in a campaign. */
export interface Place {
  /**
   * `tried` also where that is not known, `over` where they got nothing and never will; `control` where that is so in
   * order to compare, for whoever is the same person.
   */
  readonly state: "waiting" | "tried" | "over" | "control";
  /** To whom it was tried. */
  readonly lineUserId?: string;
  /** Someone works on the batch right now, and may have looked at its people already. */
  readonly claimed: boolean;
}

/** What one person's several profiles have to do with each other in one campaign. */
export interface Families {
  /** Those of merged profiles that may have a place in the campaign, or may come to have one by an undo. */
  mayHavePlace(campaign: Campaign, profileIds: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Leaves word that a LINE ID is about to be written to for a profile with a family, and tells who else left word for
   * it. Word that is left is never taken back.
   */
  leaveWord(
    campaign: CampaignRef,
    sends: readonly { readonly lineUserId: string; readonly profileId: string }[],
  ): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Who left word for these LINE IDs. */
  wordFor(
    campaign: CampaignRef,
    lineUserIds: readonly string[],
  ): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Those of the profiles that have a place in the campaign by now. */
  placesOf(campaign: Campaign, profileIds: readonly string[]): Promise<ReadonlyMap<string, Place>>;
}

export interface Contacts {
  /**
   * How many messages LINE accepted for them since then, or may have; of campaigns, and of messages with a purpose that
   * are no test of a campaign.
   */
  countSince(
    workspaceId: string,
    profileIds: readonly string[],
    of: {
      readonly since: Date;
      readonly except: { readonly campaignId: string | null; readonly batchId: string };
      /**
       * Also whom somebody is about to send to, in campaigns that were launched this very moment; by default the
       * campaigns may be those of a second ago.
       */
      readonly coming?: boolean;
    },
  ): Promise<ReadonlyMap<string, number>>;
}

/** May be a few seconds old. */
export type RulesOf = (workspaceId: string) => Promise<WorkspaceRules>;

/** What a campaign does now, and which launch or resume has set it going. */
export interface CampaignRun {
  readonly state: CampaignState;
  readonly run: number;
  /** Whether people with a family were sent something in it. */
  readonly familySends: boolean;
  readonly allowance: Allowance | null;
}

/** How often LINE took and refused what people were sent. */
export interface Attempts {
  /** Null where the campaign has none. */
  readonly variant: string | null;
  readonly accepted: number;
  readonly refused: number;
}

export interface Campaigns {
  /** What does not change once a campaign is launched may be a little old. */
  find(ref: CampaignRef): Promise<Campaign | undefined>;
  stateNow(ref: CampaignRef): Promise<CampaignRun | undefined>;
  isProven(ref: CampaignRef): Promise<boolean>;
  prove(ref: CampaignRef): Promise<void>;
  /** What its other batches came to: one entry for each variant, or one in all where it has none. */
  attempted(ref: CampaignRef, exceptBatchId: string): Promise<readonly Attempts[]>;
  /**
   * Only from planning or sending, and only while it is the same run; false otherwise. With a time it is looked at
   * again then.
   */
  pause(ref: CampaignRef, run: number, reason: string, lookAt: Date | null): Promise<boolean>;
}

export interface Channels {
  /** May be a second old. */
  find(workspaceId: string, channelId: string): Promise<Channel | undefined>;
  /** False where it has changed since: with a new token things may be different. */
  stop(channel: Channel, reason: string): Promise<boolean>;
}

/** Tokens of channels; fails with what keeps one from being had. */
export interface Tokens {
  tokenOf(channel: Channel): Promise<string>;
  /** LINE refused it. True where another one is to be tried before the channel is given up. */
  refused(channel: Channel): boolean;
}

/** A time at which one call may be made. */
export interface Slot {
  /** By our own clock, in milliseconds since 1970. */
  readonly at: number;
  /** How much later is in time. */
  readonly graceMs: number;
  /** Where the pacer counts it. */
  readonly tick: number;
}

/** A message on its own goes before campaigns; calls that are frozen take whatever slots there are. */
export type Urgency = "bulk" | "single" | "begun";

/** So many who might have gone did not: the next need not wait for them. Never fails, and of what is over has no effect. */
export type GiveBack = (people: number) => Promise<void>;

/** Shared by all replicas; rejects when the pace cannot be known, since going too fast is worse than waiting. */
export interface Pacer {
  /** Slots for up to `calls`, the earliest first; or none, and it is worth to ask again after `waitMs`. */
  reserve(
    channel: Channel,
    method: Method,
    asked: {
      readonly calls: number;
      readonly urgency: Urgency;
      /** So long it takes to get ready; none by default. */
      readonly afterMs?: number;
      /** Slots that could not be used. */
      readonly instead?: readonly Slot[];
    },
  ): Promise<{ readonly slots: readonly Slot[]; readonly waitMs: number }>;
  /** These are not used, so that others may have them. Never fails. */
  release(channel: Channel, method: Method, slots: readonly Slot[]): Promise<void>;
  /** So late somebody came to a slot. Where many do, slots are wider for all, and fewer. */
  came(lateMs: number): void;
  /**
   * So many people of a campaign may go now where there is nothing to wait for; then the next may after their share of
   * a minute.
   */
  throttle(
    campaignId: string,
    perMinute: number,
    people: number,
  ): Promise<{ readonly waitMs: number; readonly giveBack: GiveBack }>;
  /** What LINE took, and what it said was too fast: where that is a good part, everybody slows down. */
  answered(
    channel: Channel,
    method: Method,
    answers: { readonly good: number; readonly bad: number },
  ): Promise<void>;
}

export type SendCall = (
  call: {
    readonly method: Method;
    readonly token: string;
    readonly body: string;
    /** Not for a reply. */
    readonly retryKey: string;
  },
  /** Asked just before the first byte is written: where it says no, the call is not made. */
  mayStart?: () => boolean,
) => Promise<Answer>;

/** A chance to answer somebody, which LINE gives once. */
export interface ReplyToken {
  readonly token: string;
  /** From then on LINE will not take it, nor will it be asked. */
  readonly until: Date;
}

/** For which message, to whom and where. */
export interface ReplyTokenOf extends BatchRef {
  readonly channelId: string;
  readonly lineUserId: string;
}

export interface ReplyTokens {
  /** Whether there is one to claim. */
  has(of: ReplyTokenOf, now: Date): Promise<boolean>;
  /**
   * The newest live token of this person on this channel, taken for this message and for no other one, ever; or the one
   * that was taken for it before, while that is live. Undefined where there is none.
   */
  claim(of: ReplyTokenOf, now: Date): Promise<ReplyToken | undefined>;
}
