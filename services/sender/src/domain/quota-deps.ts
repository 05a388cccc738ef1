import type { MonthQuota, QuotaChoice } from "@yubin/types";

import type { Allowance, Progress, Reach } from "./allowance.ts";
import type { Campaign, Channel, Channels, RulesOf, Tokens } from "./ports.ts";

/** What a campaign may have of a channel's month in one of its runs; once it is written it stands. */
export interface Grant {
  readonly campaignId: string;
  readonly run: number;
  readonly choice: QuotaChoice;
  readonly people: number;
  readonly isFull: boolean;
  readonly needed: number;
  readonly left: number;
  readonly at: Date;
}

/** Of a campaign that is under way, with what of it is still to be sent. */
export interface OpenGrant extends Grant {
  readonly outstanding: number;
  /** Those of them that are in open calls. */
  readonly called: number;
}

export interface QuotaDeps {
  readonly quotas: {
    progress(campaign: Campaign): Promise<Progress>;
    /** Whether somebody works on a batch, who may have looked at the campaign before this run. */
    isHeld(campaign: Campaign): Promise<boolean>;
    /** The grants of campaigns of a channel that are under way. */
    grants(
      channel: Channel,
    ): Promise<{ readonly version: number; readonly grants: readonly OpenGrant[] }>;
    /** Messages on their own that are still to be sent this month. */
    messagesWaiting(channel: Channel, now: Date): Promise<number>;
    /** By compare-and-set on the version. */
    setGrants(channel: Channel, version: number, grants: readonly Grant[]): Promise<boolean>;
    /** Batches with open calls are found by the sweeper from now on, wherever in the plan they are. */
    wakeCalls(campaign: Campaign, now: Date): Promise<void>;
  };
  /** Each by compare-and-set from the very run (and reach) that was read; false where it is another one by now. */
  readonly allowances: {
    /** Where not everybody may be sent something, feeding starts again at this batch. */
    allow(campaign: Campaign, allowance: Allowance, fedBatches: number): Promise<boolean>;
    /** Nothing leaves before somebody resumes it. */
    stopShort(campaign: Campaign, allowance: Allowance): Promise<boolean>;
    extend(campaign: Campaign, reach: Reach): Promise<boolean>;
    raise(campaign: Campaign, people: number): Promise<boolean>;
    trimRest(campaign: Campaign): Promise<boolean>;
    /** Used up: looked at again from this time on. */
    pause(campaign: Campaign, lookAt: Date): Promise<boolean>;
    /** Only from a pause by the quota, and only from this very one. */
    goOn(campaign: Campaign, now: Date): Promise<boolean>;
    /** Since when LINE does not say what the month has for this run. */
    noteUnknown(campaign: Campaign, now: Date): Promise<Date>;
  };
  readonly channels: Channels;
  readonly rulesOf: RulesOf;
  readonly tokens: Pick<Tokens, "refused">;
  /** What LINE says of the month, asked where that is as old as this; or why not, with what it said last. */
  readonly askMonth: (
    channel: Channel,
    freshMs: number,
  ) => Promise<{ readonly quota?: MonthQuota; readonly failure?: unknown }>;
  readonly now: () => Date;
  readonly step?: (name: string) => void | Promise<void>;
}
