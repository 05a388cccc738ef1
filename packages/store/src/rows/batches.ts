import type {
  LineMessage,
  MissingRule,
  Outcome,
  OutcomeCounts,
  SendRulesAsked,
  TemplateUse,
} from "@yubin/types";

import { defineRows, field } from "../define-rows.ts";

/** One person of a batch. A queued one has no `outcome` yet. */
export interface RecipientRow {
  /** How the sender of the message named the person, where it was by a reference. */
  ref?: string;
  profileId?: string;
  /** What the uploaded list says of them, for words of their own; gone with the outcome. */
  data?: Record<string, unknown>;
  /** In a campaign of variants: its name, `control`, or `unassigned`. Never changes. */
  variant?: string;
  /** The canonical LINE ID at the moment of sending, frozen with the first attempt. */
  lineUserId?: string;
  outcome?: Outcome;
  reason?: string;
  firstAttemptAt?: Date;
  settledAt?: Date;
  lineRequestId?: string;
  messageIds?: string[];
  /** What LINE said against it, where it refused; rows of before have none. */
  detail?: string;
  /** It went as LINE's reply; absent of everything else. */
  via?: "reply";
}

/**
 * One LINE call in the making: its bytes and its retry key are frozen before the first attempt, and it leaves the
 * batch in the write that records its outcome.
 */
export interface CallRow {
  /** Position in the tree of splits: a refused multicast is halved, each half a new call with a key of its own. */
  path: string;
  method: "push" | "multicast" | "reply";
  /** Indexes of recipients as ranges: from, to, from, to. */
  members: number[];
  body: string;
  /** Empty of a reply, for which LINE takes none. */
  retryKey: string;
  /** Of a reply: whom it answers, which its bytes do not say, and until when it may be asked for. */
  reply?: { lineUserId: string; until: Date };
  /** Answers that left open whether LINE has it. */
  attempts: number;
  firstAttemptAt: Date;
  /** Not to be repeated before this time. */
  nextAt: Date;
}

/** Pushes to one person each that were frozen together and got equally far, by column; see `packCalls`. */
export interface PackedCallsRow extends Pick<CallRow, "attempts" | "firstAttemptAt" | "nextAt"> {
  method: "push";
  /** As of one call: the members of all, as ranges. */
  members: number[];
  /** Of each member. */
  paths: string[];
  bodies: string[];
  retryKeys: string[];
}

/** Recipients of a campaign, by column: the same index in each is the same person; an empty column is one without values. */
export interface PackedRecipients {
  profileIds: string[];
  lineUserIds: string[];
  refs: string[];
  /** What the uploaded list says of those who have no end yet. */
  data?: (Record<string, unknown> | null)[];
  /** Of a campaign of variants: their names, and of each person the place of theirs among these, as one digit to base 36. */
  variants?: { names: string[]; places: string };
  /** Who is in none is queued. */
  ends: PackedEnd[];
}

/** How deliveries ended, with the ranges of indexes it is true for. */
export type PackedEnd = Omit<
  RecipientRow,
  "ref" | "profileId" | "lineUserId" | "variant" | "data"
> & {
  members: number[];
  /** What LINE said to each, where each was in a call of their own: of the members in their order, "" where nothing. */
  each?: {
    lineRequestIds: string[];
    /** The ids of somebody's messages stand in a line each. */
    messageIds: string[];
  };
};

/** How many people of one variant have come to the same end; `reason` is null where the outcome has none. */
export interface VariantCountRow {
  variant: string;
  outcome: Outcome | "queued";
  reason: string | null;
  count: number;
}

/**
 * Up to 500 recipients of one campaign (`_id` = `campaignId/000042`) or one message (`msg_…`). Outcomes and counts
 * change in one write, so they cannot drift apart.
 */
export interface BatchRow {
  _id: string;
  workspaceId: string;
  channelId: string;
  /** Null for a message on its own. Also the shard key of a sharded cluster. */
  campaignId: string | null;
  seq: number;
  state: "open" | "settled";
  /** The end of a plan: a batch without recipients that takes the number after the last. */
  endOfPlan: boolean;
  /**
   * Where planning goes on after this batch: the last profile id, the number of references used, or page and row of an
   * uploaded list.
   */
  planCursor: string | null;
  method: "push" | "multicast";
  /** Empty where they are packed; `recipientsOf` reads both. */
  recipients: RecipientRow[];
  /** Of campaigns. */
  packed?: PackedRecipients | null;
  /** `callsOf` reads both kinds. */
  calls: (CallRow | PackedCallsRow)[];
  counts: OutcomeCounts;
  /** How often each reason of an outcome other than accepted occurs in `recipients`. */
  reasons: { outcome: Outcome; reason: string; count: number }[];
  /** The same by variant, in a campaign that has them; written with `counts`, of which they are the parts. */
  variantCounts?: VariantCountRow[];
  /** How many ended in which minute since 1970, of all outcomes; rows of before have none. */
  byMinute?: { minute: number; outcome: Outcome; count: number }[];
  /** Only where somebody's outcome is unknown; see `unknownPlaceOf`. Written with the outcomes, as the counts are. */
  unknownPlace?: string;
  /** Only where the month's quota had no room for somebody; see `trimmedOf`. Written with the outcomes, as `reasons` are. */
  trimmed?: { workspaceId: string; campaignId: string; count: number };
  /** Of a message on its own; a campaign's content is in the campaign. */
  content: {
    messages: LineMessage[];
    missing?: MissingRule;
    data?: Record<string, unknown>;
    notificationDisabled?: boolean;
    /** As a reply where that is free. */
    replyIfFree?: boolean;
    /** Clicks on its links are counted. */
    tracking?: true;
    /** Where the words are from. */
    template?: TemplateUse;
    /** What templates read as `campaign.name`, in a test of a campaign. */
    campaignName?: string;
  } | null;
  purpose: string | null;
  /** Of a message on its own; rows of before have none. */
  rules?: SendRulesAsked | null;
  /** What a message on its own is part of, in its sender's words; such messages count in no campaign of ours. */
  origin?: { campaignId: string; step: string | null } | null;
  /** Whom a message on its own is for, once the sender has looked that up; null in a campaign. */
  profileId?: string | null;
  /** Not before this time. */
  sendAt: Date | null;
  /** Who works on it: every write names the token, so a process that lost the claim changes nothing. */
  claim: { token: string; until: Date } | null;
  /** LINE has refused it as a reply, so that it goes as a push. */
  replyRefused?: boolean;
  /** Who is left alone for a while since LINE said that this was too fast; see the sender's `Rest`. */
  rests?: { index: number | null; times: number; until: Date }[];
  /** Nobody waits for a first attempt: what is left are answers. */
  tried?: boolean;
  /**
   * Who is about to be sent to under a cap, as ranges; whoever counts for another message sees them. Nothing without a
   * claim: the next one begins anew.
   */
  announced?: number[];
  /** Grows when calls are taken back, so that their people get new calls under new keys. */
  generation?: number;
  /** How often in a row a process died with it before it got anywhere. */
  crashes?: number;
  /** When the sweeper may hand it to the queue (again); null while it waits to be fed, and once settled. */
  nextAt: Date | null;
  createdAt: Date;
  settledAt: Date | null;
}

export const batchRows = defineRows<BatchRow>({
  collection: "batches",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    channelId: field.id,
    campaignId: field.maybeText,
    seq: field.count,
    state: field.text,
    endOfPlan: field.yes,
    planCursor: field.maybeText,
    method: field.text,
    recipients: field.list,
    packed: field.maybeNested,
    calls: field.list,
    counts: field.nested,
    reasons: field.list,
    variantCounts: field.list,
    byMinute: field.list,
    unknownPlace: { type: String },
    trimmed: { type: Object },
    content: field.maybeNested,
    purpose: field.maybeText,
    rules: field.maybeNested,
    origin: field.maybeNested,
    profileId: field.maybeText,
    sendAt: field.maybeTime,
    claim: field.maybeNested,
    replyRefused: field.yes,
    rests: field.list,
    tried: field.yes,
    announced: field.list,
    generation: field.count,
    crashes: field.count,
    nextAt: field.maybeTime,
    createdAt: field.time,
    settledAt: field.maybeTime,
  },
  indexes: [
    { keys: { campaignId: 1, state: 1, seq: 1 } },
    { keys: { state: 1, nextAt: 1 } },
    // By whom a message on its own was for; a campaign's rows are found by its plan.
    { keys: { workspaceId: 1, campaignId: 1, "recipients.ref": 1 } },
    { keys: { profileId: 1, createdAt: 1, _id: 1 } },
    // What somebody got lately, for caps: not the messages of years.
    { keys: { profileId: 1, settledAt: 1 } },
    // Of all batches the few with somebody unknown, in the order of the list of them.
    { keys: { unknownPlace: 1 }, sparse: true },
    // Of whom the month had no room for all that is ever asked; the index alone answers it.
    {
      keys: { "trimmed.workspaceId": 1, "trimmed.campaignId": 1, "trimmed.count": 1 },
      sparse: true,
    },
  ],
});
