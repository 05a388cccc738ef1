import type {
  CampaignAudience,
  CampaignContent,
  CampaignExclude,
  CampaignState,
  QuotaChoice,
  Schedule,
  SendRulesAsked,
  Throttle,
  Tracking,
} from "@yubin/types";

import { defineRows, field } from "../define-rows.ts";

/**
 * How many people of a campaign may be sent something in one of its runs, and how far through its plan that has come.
 * Who is in a batch beyond that is sent nothing.
 */
export interface AllowanceRow {
  /** Of another run it says nothing. */
  run: number;
  choice: QuotaChoice;
  /** Of all its people, those who were sent something before included; null: everybody. */
  people: number | null;
  /** What was counted when it was judged: people still to be sent something, and what the month had for them. */
  needed: number | null;
  left: number | null;
  at: Date;
  /** Batches with a lower number may be sent to. */
  through: number;
  /** So many of the last of them, those from before included; null: all. */
  room: number | null;
  /** It is certain that there is no room for anybody else, who end as `skipped`. */
  trims: boolean;
}

export interface CampaignRow {
  _id: string;
  workspaceId: string;
  channelId: string;
  name: string;
  content: CampaignContent;
  contentVersion: number;
  /** Each person gets words of their own, so each gets a push; otherwise the same bytes go by multicast. */
  personal: boolean;
  audience: CampaignAudience;
  /** Of an audience that is uploaded: the list in use, its pages (`audiencePages`) and the rows in them. */
  list?: { id: string; pages: number; rows: number; createdAt: Date } | null;
  exclude?: CampaignExclude | null;
  purpose: string | null;
  /** Rows of before have none. */
  rules?: SendRulesAsked;
  schedule?: Schedule | null;
  /** The moment that the schedule means. */
  startsAt?: Date | null;
  /** When it first left `draft` or `scheduled` to be planned; null before. Rows of before have none, and do not tell. */
  startedAt?: Date | null;
  throttle?: Throttle | null;
  /** Whose clicks are counted; rows of before have none, and count none. */
  tracking?: Tracking;
  /** What it does where the month's quota is short; what it does not say the workspace does. */
  quota?: QuotaChoice | null;
  allowance?: AllowanceRow | null;
  /** Whoever resumed it knew that the quota is short. */
  quotaWaived?: boolean;
  /** Since when LINE does not say what the month has for this run. */
  quotaUnknown?: { run: number; since: Date } | null;
  /** Grows with each change that is asked for, so that none is made to something else than was looked at. */
  revision?: number;
  state: CampaignState;
  stateReason: string | null;
  /** Grows with the launch and each resume, so that trouble from before does not stop what was set going since. */
  run: number;
  /** LINE took what its first people were sent, or people have decided to go on all the same. */
  proven?: boolean;
  /** Set before the first person with several profiles is sent something; see `familySends`. */
  familySends?: boolean;
  /** Batches handed to the queue so far; batches with a lower number are fed, the rest wait. */
  fedBatches: number;
  /** Batches that hold recipients, known once planning has ended; null before. */
  plannedBatches: number | null;
  /** When its places may have done their work; not there where it has none, or none any more. */
  placesUntil?: Date;
  /** Its people are found without places. */
  placesGone?: boolean;
  /** When the sweeper may look at it again; null while there is nothing to do. */
  nextAt: Date | null;
  createdAt: Date;
  launchedAt: Date | null;
  endedAt: Date | null;
}

export const campaignRows = defineRows<CampaignRow>({
  collection: "campaigns",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    channelId: field.id,
    name: field.text,
    content: field.nested,
    contentVersion: { type: Number, default: 1 },
    personal: field.yes,
    audience: field.nested,
    list: field.maybeNested,
    exclude: field.maybeNested,
    purpose: field.maybeText,
    rules: field.maybeNested,
    schedule: field.maybeNested,
    startsAt: field.maybeTime,
    startedAt: { type: Date },
    throttle: field.maybeNested,
    tracking: { type: String },
    quota: field.maybeText,
    allowance: field.maybeNested,
    quotaWaived: field.yes,
    quotaUnknown: field.maybeNested,
    revision: field.count,
    state: field.text,
    stateReason: field.maybeText,
    run: field.count,
    familySends: field.yes,
    proven: field.yes,
    fedBatches: field.count,
    plannedBatches: { type: Number, default: null },
    placesUntil: { type: Date },
    placesGone: field.yes,
    nextAt: field.maybeTime,
    createdAt: field.time,
    launchedAt: field.maybeTime,
    endedAt: field.maybeTime,
  },
  indexes: [
    { keys: { workspaceId: 1, createdAt: -1, _id: -1 } },
    { keys: { workspaceId: 1, launchedAt: 1, _id: 1 } },
    { keys: { state: 1, nextAt: 1 } },
    { keys: { placesUntil: 1 }, sparse: true },
  ],
});
