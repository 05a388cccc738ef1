import {
  noOutcomes,
  type AskedRules,
  type LineMessage,
  type MissingRule,
  type Outcome,
  type OutcomeCounts,
} from "@yubin/types";

/** One person of a batch; queued as long as there is no outcome. */
export interface Recipient {
  readonly ref?: string;
  readonly profileId?: string;
  /** What an uploaded list says of them, for words of their own. */
  readonly data?: Readonly<Record<string, unknown>>;
  readonly lineUserId?: string;
  /** In a campaign of variants: its name, or the group of those who get none. */
  readonly variant?: string;
  readonly outcome?: Outcome;
  readonly reason?: string;
  readonly firstAttemptAt?: Date;
  readonly settledAt?: Date;
  readonly lineRequestId?: string;
  readonly messageIds?: string[];
  /** LINE's words about a refusal. */
  readonly detail?: string;
  /** It went as LINE's reply. */
  readonly via?: "reply";
}

/** Each is an endpoint of LINE with a rate of its own. */
export type Method = "push" | "multicast" | "reply";

/**
 * One request to LINE, frozen: whoever repeats it repeats these bytes with this key. A reply has no key; LINE takes its
 * token once, so that repeating does no harm, and cannot tell whether it was taken before.
 */
export interface Call {
  readonly path: string;
  readonly method: Method;
  /** Indexes of recipients, ascending. */
  readonly members: readonly number[];
  readonly body: string;
  /** Empty of a reply, for which LINE takes none. */
  readonly retryKey: string;
  /** Of a reply: whom it answers, which its bytes do not say, and until when it may be asked for. */
  readonly reply?: { readonly lineUserId: string; readonly until: Date };
  readonly attempts: number;
  readonly firstAttemptAt: Date;
  readonly nextAt: Date;
}

/** What is sent: of a campaign, or of a message on its own. */
export interface Content {
  readonly messages: readonly LineMessage[];
  /** What becomes of whom a printed value is missing for; `blank` where nothing is said. */
  readonly missing?: MissingRule;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly notificationDisabled?: boolean;
  /** As a reply where that is free; only of a message on its own. */
  readonly replyIfFree?: boolean;
  /** Its links become links of ours: of each person, or the same of all. */
  readonly tracking?: "person" | "campaign";
  /** Of the campaign that a message on its own is a test of. */
  readonly campaignName?: string;
}

/** LINE said that something was too fast, by which it also means that one person gets too much. */
export interface Rest {
  /** Of the person whom a push was for; null of all who wait for a multicast. */
  readonly index: number | null;
  /** How often in a row: the more often, the longer. */
  readonly times: number;
  readonly until: Date;
}

/** Recipients who are worked on together, as the one who claimed them sees them. */
export interface Batch {
  readonly id: string;
  readonly workspaceId: string;
  readonly channelId: string;
  /** Null for a message on its own. */
  readonly campaignId: string | null;
  readonly method: "push" | "multicast";
  /** Whom a message on its own turned out to be for; its recipient is looked up by their name each time. */
  readonly profileId?: string | null;
  readonly recipients: readonly Recipient[];
  readonly calls: readonly Call[];
  /** Of a message on its own. */
  readonly content: Content | null;
  readonly asked: AskedRules | null;
  readonly sendAt: Date | null;
  readonly rests: readonly Rest[];
  /** LINE has refused it as a reply, so that it goes as a push. */
  readonly replyRefused?: boolean;
  /** Who is about to be sent to under a cap, by index, so that whoever comes to them at the same time sees it. */
  readonly announced: readonly number[];
  /** Grows when calls are taken back, so that their people get new calls under new keys. */
  readonly generation: number;
  /** How often in a row a process died with this batch before it got anywhere. */
  readonly crashes: number;
}

/** Whom a message on its own is for, as far as that is known by now. */
export const withProfile = (
  batch: Batch,
  person: { readonly profileId: string } | undefined,
): Batch =>
  batch.campaignId === null && person && batch.profileId !== person.profileId
    ? { ...batch, profileId: person.profileId }
    : batch;

/** How a delivery ends. */
export type End = Required<Pick<Recipient, "outcome" | "settledAt">> &
  Pick<
    Recipient,
    "reason" | "firstAttemptAt" | "lineRequestId" | "messageIds" | "detail" | "lineUserId" | "via"
  >;

/** The indexes of recipients for whom nothing was tried yet. */
export const waitingIn = ({ recipients, calls }: Batch): number[] => {
  const called = new Set(calls.flatMap(({ members }) => members));
  const waiting: number[] = [];
  for (const [index, { outcome }] of recipients.entries())
    if (outcome === undefined && !called.has(index)) waiting.push(index);
  return waiting;
};

export const isSettled = ({ recipients, calls }: Pick<Batch, "recipients" | "calls">): boolean =>
  calls.length === 0 && recipients.every(({ outcome }) => outcome !== undefined);

/** Ends deliveries. An end is for ever: who has one keeps it. */
export const settle = (batch: Batch, ends: ReadonlyMap<number, End>): Batch =>
  ends.size === 0
    ? batch
    : {
        ...batch,
        recipients: batch.recipients.map((recipient, index) => {
          const end = ends.get(index);
          if (!end || recipient.outcome !== undefined) return recipient;
          // What was only for their words has done its work.
          const { data: _, ...kept } = recipient;
          return { ...kept, ...end };
        }),
      };

export const endAll = (batch: Batch, members: readonly number[], end: End): Batch =>
  settle(batch, new Map(members.map((index) => [index, end])));

/** Whether ends or answers came in between: whoever gets that far does not die of the batch. */
export const isProgress = (before: Batch, after: Batch): boolean =>
  before.recipients !== after.recipients ||
  before.calls.some((call) => !after.calls.includes(call));

/** Replaces calls by the ones that follow from them; without any, they are done. */
export const replaceCall = (batch: Batch, path: string, ...calls: readonly Call[]): Batch => ({
  ...batch,
  calls: batch.calls.flatMap((call) => (call.path === path ? calls : [call])),
});

/** The people of a call, with the LINE IDs that were frozen into it. */
export const lineUserIdsIn = ({
  body,
  method,
  reply,
}: Pick<Call, "body" | "method" | "reply">): string[] => {
  if (reply) return [reply.lineUserId];
  const first = method === "push" ? pushedTo.exec(body)?.[1] : undefined;
  if (first !== undefined) return [first];
  const { to } = JSON.parse(body) as { to: unknown };
  return method === "push" ? [String(to)] : (to as string[]);
};

/** Of a push of many bubbles only the beginning is read. */
const pushedTo = /^\{"to":"(U[0-9a-f]{32})",/;

export interface Tally {
  readonly counts: OutcomeCounts;
  readonly reasons: { outcome: Outcome; reason: string; count: number }[];
  /** The same by variant, where there are any. */
  readonly variantCounts?: VariantCount[];
}

export interface VariantCount {
  readonly variant: string;
  readonly outcome: Outcome | "queued";
  /** Null where the outcome has none. */
  readonly reason: string | null;
  count: number;
}

/** The batch's numbers, counted afresh each time. */
export const tallyOf = (recipients: readonly Recipient[]): Tally => {
  const counts = { ...noOutcomes, audience: recipients.length };
  const reasons = new Map<string, { outcome: Outcome; reason: string; count: number }>();
  for (const { outcome, reason } of recipients) {
    counts[outcome ?? "queued"] += 1;
    if (outcome === undefined || outcome === "accepted" || reason === undefined) continue;
    const known = reasons.get(`${outcome}.${reason}`);
    if (known) known.count += 1;
    else reasons.set(`${outcome}.${reason}`, { outcome, reason, count: 1 });
  }
  const byVariant = countVariants(recipients);
  return {
    counts,
    reasons: [...reasons.values()],
    ...(byVariant.length === 0 ? {} : { variantCounts: byVariant }),
  };
};

const countVariants = (recipients: readonly Recipient[]): VariantCount[] => {
  const counts = new Map<string, VariantCount>();
  for (const { variant, outcome = "queued", reason } of recipients) {
    if (variant === undefined) continue;
    const why = outcome === "queued" || outcome === "accepted" ? null : (reason ?? null);
    const key = JSON.stringify([variant, outcome, why]);
    const known = counts.get(key);
    if (known) known.count += 1;
    else counts.set(key, { variant, outcome, reason: why, count: 1 });
  }
  return [...counts.values()];
};
